import { hostname } from "node:os";
import { resolve } from "node:path";
import type { z } from "zod";
import { environment, KNOWN_EXAMPLES, type ProcessRole } from "./config/environment";
import { type RemoteWorkerConfig, remoteWorkerFaults, remoteWorkerOf } from "./config/remote-worker";
import { secretsIn } from "./config/secrets";
import { type WorkerProcessConfig, workerProcessOf } from "./config/worker-process";

/**
 * The configuration: the only reader of the environment. Every fault is named with its variable and the fix, all at
 * once; nothing starts with a half-read configuration.
 */

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
  /** Path segments before every operation of the client API, without slashes at the ends; may be empty. */
  clientApiPrefix: string;
  /** Whole jobs in the reference's answers, in place of the compact form. */
  detailedAnswers: boolean;
  /** The process API answers to whoever asks, with no token. */
  processApiOpen: boolean;
  /** Allows `POST /_public/debug/flush_db`. */
  allowFlush: boolean;
  clientsFile: string | null;
  workersFile: string | null;
  metricsRequireAuth: boolean;
  /** The key that metrics are read with; null: none is good while authentication is required. */
  metricsToken: string | null;
  workerSignatureMode: "required" | "optional" | "off";
  workerAuthMode: "mixed" | "mtls-only" | "token-only";
  /** Signs the tasks that remote workers are given; null: they are not signed. */
  orchestratorSecret: string | null;
  /** Null: plain HTTP. */
  tls: { certPath: string; keyPath: string; caPath: string | null; requireClientCertificate: boolean } | null;
  /** A proxy that ends TLS and tells the name in the client's certificate; null: none is believed. */
  tlsProxy: { cnHeader: string; addresses: string[]; secret: string } | null;
  /** Requests per period; null: without limits. */
  rateLimits: { periodMs: number; client: number; heartbeat: number; emptyPoll: number } | null;
  reputation: { threshold: number; contractViolation: number; failure: number; success: number };
  dispatcher: { softLimit: number; mostCandidates: number; stealing: boolean };
  workerPollMs: number;
  workerLeaseMs: number;
  /** How long a job waits for an engine that has its version. */
  versionPatienceMs: number;
  /** An endpoint that makes embeddings of texts; null: search is one of words. */
  embeddings: {
    url: string;
    model: string;
    apiKey: string | null;
    batchSize: number;
    timeoutMs: number;
  } | null;
  blueprintsDir: string | null;
  tasksDir: string | null;
  instanceId: string;
  log: { level: "debug" | "info" | "warn" | "error"; format: "json" | "text" };
  shutdownMs: number;
  worker: WorkerProcessConfig;
  /** Whom the worker process serves over HTTP; null: it works on the database and the queue. */
  remoteWorker: RemoteWorkerConfig | null;
  /** What no log may show. */
  secrets: string[];
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
  return { ...configOf(read.data), secrets: secretsIn(set) };
}

/** Nothing opens it: the worker process speaks with its orchestrator alone. */
const NO_DATABASE = "postgres://none.invalid/none";

/** The same for a worker process, which needs no `DATABASE_URL` when it serves an orchestrator over HTTP. */
export function readWorkerConfig(variables: Record<string, string | undefined> = process.env): Config {
  if (!variables.BATUTA_ORCHESTRATOR_URL || variables.DATABASE_URL) return readConfig(variables);
  return readConfig({ ...variables, DATABASE_URL: NO_DATABASE });
}

/** The same for a command that can do without a database; `hasDatabase` says whether one was named. */
export function readCommandConfig(variables: Record<string, string | undefined> = process.env): {
  config: Config;
  hasDatabase: boolean;
} {
  const hasDatabase = Boolean(variables.DATABASE_URL);
  return { config: readConfig({ ...variables, DATABASE_URL: variables.DATABASE_URL || NO_DATABASE }), hasDatabase };
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
  if (set.BATUTA_QUEUE === "redis" && set.BATUTA_REDIS !== "off" && set.REDIS_URL === undefined)
    faults.push("REDIS_URL is not set; it must be a URL like redis://host:6379, because BATUTA_QUEUE is redis");
  const truth = /^(?:1|true|yes)$/;
  if (truth.test(set.TLS_ENABLED ?? "")) {
    for (const name of ["TLS_CERT_PATH", "TLS_KEY_PATH"])
      if (set[name] === undefined) faults.push(`${name} is not set; it must be a path, because TLS_ENABLED is true`);
  }
  if (truth.test(set.TLS_REQUIRE_CLIENT_CERT ?? "") && set.TLS_CA_PATH === undefined)
    faults.push("TLS_CA_PATH is not set; it must be a path, because TLS_REQUIRE_CLIENT_CERT is true");
  const proxy = ["TLS_PROXY_CN_HEADER", "TLS_PROXY_ADDRESSES", "TLS_PROXY_SECRET"].filter((name) => set[name]);
  if (proxy.length === 1 || proxy.length === 2)
    faults.push("TLS_PROXY_CN_HEADER, TLS_PROXY_ADDRESSES and TLS_PROXY_SECRET must be set all or none");
  if ((set.EMBEDDINGS_URL === undefined) !== (set.EMBEDDINGS_MODEL === undefined))
    faults.push("EMBEDDINGS_URL and EMBEDDINGS_MODEL must be set both or neither");
  faults.push(...remoteWorkerFaults(set));
  for (const name of [
    "CLIENT_TOKEN",
    "GLOBAL_WORKER_TOKEN",
    "WORKER_TOKEN",
    "METRICS_TOKEN",
    "BATUTA_ADMIN_PASSWORD",
    "BATUTA_AUTH_SECRET",
  ]) {
    if (KNOWN_EXAMPLES.has(set[name] ?? ""))
      faults.push(`${name} is an example from the documentation; choose one of your own`);
  }
  return faults;
}

type Environment = z.output<typeof environment>;

function embeddingsOf(env: Environment): Config["embeddings"] {
  const { EMBEDDINGS_URL: url, EMBEDDINGS_MODEL: model, EMBEDDINGS_API_KEY: apiKey = null } = env;
  if (url === undefined || model === undefined) return null;
  return { url, model, apiKey, batchSize: env.EMBEDDINGS_BATCH, timeoutMs: env.EMBEDDINGS_TIMEOUT_SECONDS * 1000 };
}

function rateLimitsOf(env: Environment): NonNullable<Config["rateLimits"]> {
  return {
    periodMs: env.RATE_LIMIT_PERIOD * 1000,
    client: env.RATE_LIMIT_LIMIT,
    heartbeat: env.RATE_LIMIT_HEARTBEAT_LIMIT,
    emptyPoll: env.RATE_LIMIT_POLL_LIMIT,
  };
}

function trustOf(env: Environment): Pick<Config, "reputation" | "dispatcher"> {
  return {
    reputation: {
      threshold: env.REPUTATION_MIN_THRESHOLD,
      contractViolation: env.REPUTATION_PENALTY_CONTRACT_VIOLATION,
      failure: env.REPUTATION_PENALTY_TASK_FAILURE,
      success: env.REPUTATION_REWARD_SUCCESS,
    },
    dispatcher: {
      softLimit: env.DISPATCHER_SOFT_LIMIT,
      mostCandidates: env.DISPATCHER_MAX_CANDIDATES,
      stealing: env.WORK_STEALING_ENABLED,
    },
  };
}

/** `crossFaults` has seen to it that what belongs together is there. */
function tlsOf(env: Environment): Pick<Config, "tls" | "tlsProxy"> {
  const { TLS_CERT_PATH: cert, TLS_KEY_PATH: key, TLS_CA_PATH: ca, TLS_PROXY_CN_HEADER: cnHeader } = env;
  const { TLS_PROXY_ADDRESSES: addresses, TLS_PROXY_SECRET: secret } = env;
  return {
    tls:
      env.TLS_ENABLED && cert && key
        ? {
            certPath: resolve(cert),
            keyPath: resolve(key),
            caPath: ca ? resolve(ca) : null,
            requireClientCertificate: env.TLS_REQUIRE_CLIENT_CERT,
          }
        : null,
    tlsProxy: cnHeader && addresses && secret ? { cnHeader, addresses, secret } : null,
  };
}

function configOf(env: Environment): Omit<Config, "secrets"> {
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
    clientApiPrefix: env.CLIENT_API_PREFIX,
    detailedAnswers: env.DETAILED_API_RESPONSES,
    processApiOpen: env.PROCESS_API_OPEN,
    allowFlush: env.BATUTA_ALLOW_FLUSH,
    clientsFile: env.CLIENTS_CONFIG_PATH ? resolve(env.CLIENTS_CONFIG_PATH) : null,
    workersFile: env.WORKERS_CONFIG_PATH ? resolve(env.WORKERS_CONFIG_PATH) : null,
    metricsRequireAuth: env.METRICS_REQUIRE_AUTH,
    metricsToken: env.METRICS_TOKEN ?? null,
    workerSignatureMode: env.WORKER_SIGNATURE_MODE ?? (env.BATUTA_LOCAL ? "optional" : "required"),
    workerAuthMode: env.WORKER_AUTH_MODE,
    orchestratorSecret: env.ORCHESTRATOR_SECRET_KEY ?? null,
    ...tlsOf(env),
    rateLimits: env.RATE_LIMITING_ENABLED ? rateLimitsOf(env) : null,
    ...trustOf(env),
    workerPollMs: env.WORKER_POLL_TIMEOUT_SECONDS * 1000,
    workerLeaseMs: env.WORKER_LEASE_SECONDS * 1000,
    versionPatienceMs: env.BATUTA_VERSION_PATIENCE_SECONDS * 1000,
    embeddings: embeddingsOf(env),
    blueprintsDir: env.BLUEPRINTS_DIR ? resolve(env.BLUEPRINTS_DIR) : null,
    tasksDir: env.TASKS_DIR ? resolve(env.TASKS_DIR) : null,
    instanceId,
    log: { level: env.LOG_LEVEL, format: env.LOG_FORMAT },
    shutdownMs: env.SHUTDOWN_TIMEOUT_SECONDS * 1000,
    worker: workerProcessOf(env, instanceId),
    remoteWorker: remoteWorkerOf(env),
  };
}
