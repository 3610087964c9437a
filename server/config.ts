import { hostname } from "node:os";
import { resolve } from "node:path";
import { z } from "zod";

/**
 * The configuration: the only reader of the environment. Every fault is named with its variable and the fix, all at
 * once; nothing starts with a half-read configuration.
 */

const ROLES = ["web", "engine", "worker"] as const;
export type ProcessRole = (typeof ROLES)[number];

/** Secrets that stand in other people's documentation: whoever uses one has not chosen one. */
const KNOWN_EXAMPLES = new Set([
  "secure-orchestrator-token",
  "secure-worker-token",
  "your-secret-worker-token",
  "changeme",
]);

const flag = (fallback: boolean) =>
  z
    .enum(["1", "0", "true", "false", "yes", "no"], { error: "must be true or false" })
    .transform((word) => word === "1" || word === "true" || word === "yes")
    .default(fallback);
const whole = (fallback: number, least: number, most: number) =>
  z.coerce
    .number({ error: "must be a number" })
    .int("must be a whole number")
    .min(least, `must be at least ${least}`)
    .max(most, `must be at most ${most}`)
    .default(fallback);
const port = (fallback: number) => whole(fallback, 0, 65_535);
const secret = z.string().min(16, "must have at least 16 characters; `openssl rand -base64 32` makes a good one");
const address = (protocol: RegExp, example: string) => z.url({ protocol, error: `must be a URL like ${example}` });

const environment = z.object({
  BATUTA_ROLES: z
    .string()
    .default("web,engine")
    .transform((text) => text.split(",").map((word) => word.trim()))
    .pipe(z.array(z.enum(ROLES, { error: "must be a list of web, engine, worker" })).min(1)),
  HOST: z.string().default("127.0.0.1"),
  PORT: port(3000),
  NODE_ENV: z.string().default("production"),
  BATUTA_DEV: flag(false),
  BATUTA_LOCAL: flag(false),
  BATUTA_DATA_DIR: z.string().default(".batuta"),
  BATUTA_PUBLIC_URL: address(/^https?$/, "https://batuta.example.com").optional(),
  BATUTA_TRUST_PROXY: flag(false),
  DATABASE_URL: address(/^postgres(ql)?$/, "postgres://user:password@host:5432/batuta"),
  DATABASE_POOL_SIZE: whole(10, 1, 200),
  REDIS_URL: address(/^rediss?$/, "redis://host:6379").optional(),
  BATUTA_REDIS: z.enum(["on", "off"], { error: "must be on or off" }).default("on"),
  BATUTA_QUEUE: z.enum(["redis", "postgres"], { error: "must be redis or postgres" }).default("redis"),
  BATUTA_REDIS_PREFIX: z.string().max(64).default("batuta:"),
  BATUTA_AUTH_SECRET: secret
    .min(32, "must have at least 32 characters; `openssl rand -base64 32` makes one")
    .optional(),
  BATUTA_SIGN_IN_TOKEN: secret.optional(),
  BATUTA_SETUP_TOKEN: secret.optional(),
  BATUTA_ADMIN_EMAIL: z.email("must be an e-mail address").optional(),
  BATUTA_ADMIN_PASSWORD: z.string().min(12, "must have at least 12 characters").max(128).optional(),
  CLIENT_TOKEN: secret.optional(),
  GLOBAL_WORKER_TOKEN: secret.optional(),
  ENABLE_CLIENT_API: flag(true),
  METRICS_REQUIRE_AUTH: flag(false),
  WORKER_SIGNATURE_MODE: z
    .enum(["required", "optional", "off"], { error: "must be required, optional or off" })
    .optional(),
  WORKER_POLL_TIMEOUT_SECONDS: whole(30, 1, 120),
  WORKER_LEASE_SECONDS: whole(30, 3, 600),
  BATUTA_VERSION_PATIENCE_SECONDS: whole(600, 1, 86_400),
  BLUEPRINTS_DIR: z.string().optional(),
  TASKS_DIR: z.string().optional(),
  INSTANCE_ID: z.string().max(128).optional(),
  LOG_LEVEL: z
    .string()
    .transform((word) => word.toLowerCase())
    .pipe(z.enum(["debug", "info", "warn", "error"], { error: "must be debug, info, warn or error" }))
    .default("info"),
  LOG_FORMAT: z.enum(["json", "text"], { error: "must be json or text" }).default("json"),
  SHUTDOWN_TIMEOUT_SECONDS: whole(15, 1, 600),
  WORKER_ID: z
    .string()
    .regex(/^[A-Za-z0-9_-]{1,128}$/, "must be 1–128 letters, digits, _ or -")
    .optional(),
  WORKER_HTTP_PORT: port(8081),
  WORKER_HTTP_HOST: z.string().default("127.0.0.1"),
  MAX_CONCURRENT_TASKS: whole(8, 1, 1000),
  WORKER_SHUTDOWN_TIMEOUT: whole(30, 1, 3600),
});

export interface Config {
  roles: ReadonlySet<ProcessRole>;
  host: string;
  /** 0: any free port. */
  port: number;
  dev: boolean;
  /** Started by `npm start` for this machine alone. */
  local: boolean;
  dataDir: string;
  /** Origin that browsers see, without a slash at the end; null: taken from each request's Host. */
  publicUrl: string | null;
  /** Believe `X-Forwarded-For` and `X-Forwarded-Proto`. */
  trustProxy: boolean;
  databaseUrl: string;
  databasePoolSize: number;
  /** Null: the Postgres queue. */
  redisUrl: string | null;
  redisPrefix: string;
  /** Null: one that the installation makes for itself. */
  authSecret: string | null;
  signInToken: string | null;
  setupToken: string | null;
  admin: { email: string; password: string } | null;
  clientToken: string | null;
  globalWorkerToken: string | null;
  clientApi: boolean;
  metricsRequireAuth: boolean;
  workerSignatureMode: "required" | "optional" | "off";
  workerPollMs: number;
  workerLeaseMs: number;
  /** How long a job waits for an engine that has its version. */
  versionPatienceMs: number;
  blueprintsDir: string | null;
  tasksDir: string | null;
  instanceId: string;
  log: { level: "debug" | "info" | "warn" | "error"; format: "json" | "text" };
  shutdownMs: number;
  worker: { id: string; httpHost: string; httpPort: number; slots: number; shutdownMs: number };
}

/** What is wrong with the environment, one line per variable. */
export class ConfigError extends Error {
  override readonly name = "ConfigError";
  readonly faults: string[];

  constructor(faults: string[]) {
    super(
      `The configuration has ${faults.length === 1 ? "a fault" : `${faults.length} faults`}:\n${faults.map((fault) => `  ${fault}`).join("\n")}`,
    );
    this.faults = faults;
  }
}

/** Reads the configuration; throws `ConfigError` naming every faulty variable. Empty variables count as not set. */
export function readConfig(variables: Record<string, string | undefined> = process.env): Config {
  const set = Object.fromEntries(Object.entries(variables).filter(([, value]) => value !== undefined && value !== ""));
  const read = environment.safeParse(set);
  const faults = read.success
    ? []
    : read.error.issues.map((issue) => faultText(issue.path.join("."), issue.message, set));
  faults.push(...crossFaults(set));
  if (!read.success || faults.length > 0) throw new ConfigError(faults);
  return configOf(read.data);
}

/** Values are never repeated in a fault: half of them are secrets. */
function faultText(variable: string, message: string, set: Record<string, string | undefined>): string {
  const name = variable.split(".")[0] ?? variable;
  return set[name] === undefined ? `${name} is not set; it ${message}` : `${name} ${message}`;
}

function crossFaults(set: Record<string, string | undefined>): string[] {
  const faults: string[] = [];
  if ((set.BATUTA_ADMIN_EMAIL === undefined) !== (set.BATUTA_ADMIN_PASSWORD === undefined)) {
    faults.push("BATUTA_ADMIN_EMAIL and BATUTA_ADMIN_PASSWORD must be set both or neither");
  }
  for (const name of ["CLIENT_TOKEN", "GLOBAL_WORKER_TOKEN", "BATUTA_ADMIN_PASSWORD", "BATUTA_AUTH_SECRET"]) {
    if (KNOWN_EXAMPLES.has(set[name] ?? ""))
      faults.push(`${name} is an example from the documentation; choose one of your own`);
  }
  return faults;
}

function configOf(env: z.output<typeof environment>): Config {
  const instanceId = env.INSTANCE_ID ?? `${hostname()}-${process.pid}`;
  return {
    roles: new Set(env.BATUTA_ROLES),
    host: env.HOST,
    port: env.PORT,
    dev: env.BATUTA_DEV || env.NODE_ENV === "development",
    local: env.BATUTA_LOCAL,
    dataDir: resolve(env.BATUTA_DATA_DIR),
    publicUrl: env.BATUTA_PUBLIC_URL ? new URL(env.BATUTA_PUBLIC_URL).origin : null,
    trustProxy: env.BATUTA_TRUST_PROXY,
    databaseUrl: env.DATABASE_URL,
    databasePoolSize: env.DATABASE_POOL_SIZE,
    redisUrl: env.BATUTA_REDIS === "off" || env.BATUTA_QUEUE === "postgres" ? null : (env.REDIS_URL ?? null),
    redisPrefix: env.BATUTA_REDIS_PREFIX,
    authSecret: env.BATUTA_AUTH_SECRET ?? null,
    signInToken: env.BATUTA_SIGN_IN_TOKEN ?? null,
    setupToken: env.BATUTA_SETUP_TOKEN ?? null,
    admin:
      env.BATUTA_ADMIN_EMAIL && env.BATUTA_ADMIN_PASSWORD
        ? { email: env.BATUTA_ADMIN_EMAIL.toLowerCase(), password: env.BATUTA_ADMIN_PASSWORD }
        : null,
    clientToken: env.CLIENT_TOKEN ?? null,
    globalWorkerToken: env.GLOBAL_WORKER_TOKEN ?? null,
    clientApi: env.ENABLE_CLIENT_API,
    metricsRequireAuth: env.METRICS_REQUIRE_AUTH,
    workerSignatureMode: env.WORKER_SIGNATURE_MODE ?? (env.BATUTA_LOCAL ? "optional" : "required"),
    workerPollMs: env.WORKER_POLL_TIMEOUT_SECONDS * 1000,
    workerLeaseMs: env.WORKER_LEASE_SECONDS * 1000,
    versionPatienceMs: env.BATUTA_VERSION_PATIENCE_SECONDS * 1000,
    blueprintsDir: env.BLUEPRINTS_DIR ? resolve(env.BLUEPRINTS_DIR) : null,
    tasksDir: env.TASKS_DIR ? resolve(env.TASKS_DIR) : null,
    instanceId,
    log: { level: env.LOG_LEVEL, format: env.LOG_FORMAT },
    shutdownMs: env.SHUTDOWN_TIMEOUT_SECONDS * 1000,
    worker: {
      id: env.WORKER_ID ?? instanceId.replace(/[^A-Za-z0-9_-]/g, "-").slice(0, 128),
      httpHost: env.WORKER_HTTP_HOST,
      httpPort: env.WORKER_HTTP_PORT,
      slots: env.MAX_CONCURRENT_TASKS,
      shutdownMs: env.WORKER_SHUTDOWN_TIMEOUT * 1000,
    },
  };
}
