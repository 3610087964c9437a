import { isIP } from "node:net";
import { z } from "zod";

/** Every variable of the environment that the processes read, with its default and the words of its faults. */

export const ROLES = ["web", "engine", "worker"] as const;
export type ProcessRole = (typeof ROLES)[number];

/** Secrets that stand in other people's documentation: whoever uses one has not chosen one. */
export const KNOWN_EXAMPLES = new Set([
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
const between = (least: number, most: number) =>
  z.coerce
    .number({ error: "must be a number" })
    .int("must be a whole number")
    .min(least, `must be at least ${least}`)
    .max(most, `must be at most ${most}`);
const whole = (fallback: number, least: number, most: number) => between(least, most).default(fallback);
const fraction = (fallback: number) =>
  z.coerce
    .number({ error: "must be a number" })
    .min(0, "must be at least 0")
    .max(1, "must be at most 1")
    .default(fallback);
const list = z.string().transform((text) =>
  text
    .split(",")
    .map((word) => word.trim())
    .filter((word) => word !== ""),
);
/** An address, or one with the number of its bits that count. */
function isNetwork(text: string): boolean {
  const [address = "", bits, ...rest] = text.split("/");
  const most = isIP(address) === 4 ? 32 : 128;
  return (
    isIP(address) !== 0 && rest.length === 0 && (bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= most))
  );
}
const port = (fallback: number) => whole(fallback, 0, 65_535);
const secret = z.string().min(16, "must have at least 16 characters; `openssl rand -base64 32` makes a good one");
const address = (protocol: RegExp, example: string) => z.url({ protocol, error: `must be a URL like ${example}` });

export const environment = z.object({
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
  CLIENTS_CONFIG_PATH: z.string().optional(),
  WORKERS_CONFIG_PATH: z.string().optional(),
  ENABLE_CLIENT_API: flag(true),
  CLIENT_API_PREFIX: z
    .string()
    .transform((text) => text.replaceAll(/^\/+|\/+$/g, ""))
    .refine(
      (text) => /^(?:[A-Za-z0-9._~-]+(?:\/[A-Za-z0-9._~-]+)*)?$/.test(text),
      "must be a path like api or acme/api",
    )
    .default("api"),
  DETAILED_API_RESPONSES: flag(false),
  PROCESS_API_OPEN: flag(false),
  BATUTA_ALLOW_FLUSH: flag(false),
  METRICS_REQUIRE_AUTH: flag(false),
  METRICS_TOKEN: secret.optional(),
  WORKER_SIGNATURE_MODE: z
    .enum(["required", "optional", "off"], { error: "must be required, optional or off" })
    .optional(),
  WORKER_AUTH_MODE: z
    .enum(["mixed", "mtls-only", "token-only"], { error: "must be mixed, mtls-only or token-only" })
    .default("mixed"),
  ORCHESTRATOR_SECRET_KEY: secret.optional(),
  TLS_ENABLED: flag(false),
  TLS_CERT_PATH: z.string().optional(),
  TLS_KEY_PATH: z.string().optional(),
  TLS_CA_PATH: z.string().optional(),
  TLS_REQUIRE_CLIENT_CERT: flag(false),
  TLS_PROXY_CN_HEADER: z
    .string()
    .regex(/^[A-Za-z0-9-]{1,64}$/, "must be the name of a header")
    .transform((name) => name.toLowerCase())
    .optional(),
  TLS_PROXY_ADDRESSES: list
    .refine((all) => all.every(isNetwork), "must be a list of IP addresses, or networks like 10.0.0.0/8")
    .optional(),
  TLS_PROXY_SECRET: secret.optional(),
  RATE_LIMITING_ENABLED: flag(true),
  RATE_LIMIT_PERIOD: whole(60, 1, 86_400),
  RATE_LIMIT_LIMIT: whole(6_000, 1, 10_000_000),
  RATE_LIMIT_HEARTBEAT_LIMIT: whole(120, 1, 10_000_000),
  RATE_LIMIT_POLL_LIMIT: whole(60, 1, 10_000_000),
  REPUTATION_MIN_THRESHOLD: fraction(0.3),
  REPUTATION_PENALTY_CONTRACT_VIOLATION: fraction(0.2),
  REPUTATION_PENALTY_TASK_FAILURE: fraction(0.05),
  REPUTATION_REWARD_SUCCESS: fraction(0.001),
  DISPATCHER_SOFT_LIMIT: whole(3, 1, 1_000),
  DISPATCHER_MAX_CANDIDATES: whole(50, 1, 10_000),
  WORK_STEALING_ENABLED: flag(true),
  WORKER_POLL_TIMEOUT_SECONDS: whole(30, 1, 120),
  WORKER_LEASE_SECONDS: whole(30, 3, 600),
  BATUTA_VERSION_PATIENCE_SECONDS: whole(600, 1, 86_400),
  EMBEDDINGS_URL: address(/^https?$/, "https://api.example.com/v1").optional(),
  EMBEDDINGS_MODEL: z.string().min(1).max(200).optional(),
  EMBEDDINGS_API_KEY: z.string().max(4000).optional(),
  EMBEDDINGS_BATCH: whole(64, 1, 2048),
  EMBEDDINGS_TIMEOUT_SECONDS: whole(30, 1, 600),
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
  BATUTA_ORCHESTRATOR_URL: address(/^https?$/, "https://batuta.example.com").optional(),
  WORKER_TOKEN: secret.optional(),
  WORKER_HTTP_PORT: port(8081),
  WORKER_HTTP_HOST: z.string().default("127.0.0.1"),
  WORKER_HTTP_REQUIRED: flag(true),
  WORKER_QUEUES: list
    .refine(
      (all) => all.length > 0 && all.every((word) => /^[A-Za-z0-9_.:*-]{1,128}$/.test(word)),
      "must be a list of task types, or patterns like extract_*, separated by commas",
    )
    .optional(),
  WORKER_START_DEADLINE_SECONDS: whole(60, 1, 3600),
  MAX_CONCURRENT_TASKS: whole(8, 1, 1000),
  WORKER_MAX_RSS_MB: between(128, 1_000_000).optional(),
  WORKER_SHUTDOWN_TIMEOUT: whole(30, 1, 3600),
});
