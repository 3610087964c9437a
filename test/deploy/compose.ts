import { parse } from "yaml";
import { z } from "zod";

const command = z.array(z.string()).min(1);
const seconds = z
  .string()
  .regex(/^\d+s$/)
  .transform((text) => Number.parseInt(text, 10));

const healthcheck = z.union([
  z.strictObject({ disable: z.literal(true) }),
  z.strictObject({ test: command, interval: seconds, timeout: seconds, retries: z.int(), start_period: seconds }),
]);

/** The part of Compose's language that the file uses: another word is a slip of the pen until it is added here. */
const service = z.strictObject({
  image: z.string(),
  build: z.strictObject({ context: z.string(), dockerfile: z.string(), target: z.string() }).optional(),
  user: z.string().optional(),
  command: command.optional(),
  environment: z.record(z.string(), z.string()).default({}),
  env_file: z.array(z.strictObject({ path: z.string(), required: z.boolean() })).optional(),
  ports: z.array(z.string()).default([]),
  expose: z.array(z.string()).default([]),
  volumes: z.array(z.string()).default([]),
  configs: z.array(z.strictObject({ source: z.string(), target: z.string() })).default([]),
  profiles: z.tuple([z.literal("monitoring")]).optional(),
  tmpfs: z.array(z.string()).default([]),
  shm_size: z.string().optional(),
  networks: z.array(z.string()),
  healthcheck: healthcheck.optional(),
  depends_on: z
    .record(z.string(), z.strictObject({ condition: z.enum(["service_healthy", "service_completed_successfully"]) }))
    .default({}),
  deploy: z.strictObject({ replicas: z.coerce.number() }).optional(),
  stop_grace_period: seconds.optional(),
  restart: z.enum(["unless-stopped", "no"]),
  init: z.literal(true),
  read_only: z.literal(true),
  cap_drop: z.tuple([z.literal("ALL")]),
  security_opt: z.tuple([z.literal("no-new-privileges:true")]),
  logging: z.strictObject({ driver: z.string() }),
});

const file = z.strictObject({
  name: z.string(),
  services: z.record(z.string(), service),
  volumes: z.record(z.string(), z.null()),
  configs: z.record(z.string(), z.strictObject({ file: z.string() })),
  networks: z.record(z.string(), z.strictObject({ internal: z.literal(true) }).nullable()),
});

export type Service = z.output<typeof service>;

/** Reads a compose file with the values of an env file; throws for words that it does not know and for unset values. */
export function readCompose(text: string, values: Record<string, string>) {
  const document = filled(parse(text, { merge: true }), values) as Record<string, unknown>;
  return file.parse(Object.fromEntries(Object.entries(document).filter(([key]) => !key.startsWith("x-"))));
}

/** Puts in `${NAME:-default}` and `${NAME:?what to do}`, the two forms that the file uses, in every text below `part`. */
function filled(part: unknown, values: Record<string, string>): unknown {
  if (typeof part === "string")
    return part.replaceAll(/\$\{(\w+):([-?])([^}]*)\}/g, (_, ...found) => filledIn(found, values));
  if (Array.isArray(part)) return part.map((each) => filled(each, values));
  if (typeof part !== "object" || part === null) return part;
  return Object.fromEntries(Object.entries(part).map(([key, value]) => [key, filled(value, values)]));
}

function filledIn([name = "", kind, rest = ""]: string[], values: Record<string, string>): string {
  const value = values[name];
  if (value) return value;
  if (kind === "?") throw new Error(`${name}: ${rest}`);
  return rest;
}

/** Every name that the file takes from its env file. */
export function namesTaken(text: string): string[] {
  return [...new Set([...text.matchAll(/\$\{(\w+)/g)].map(([, name = ""]) => name))];
}

/** The lines `NAME=value` of an env file. */
export function envFile(text: string): Record<string, string> {
  return Object.fromEntries([...text.matchAll(/^(\w+)=(.*)$/gm)].map(([, name = "", value = ""]) => [name, value]));
}
