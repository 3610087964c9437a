import { type Config, ConfigError, readConfig } from "@/server/config";

/** How an embedded Batuta is set up. Only `databaseUrl` is required; nothing is read from the environment. */
export interface BatutaConfig {
  /** `postgres://user:password@host:5432/batuta`; Postgres 16 or newer. The schema is brought up to date at the start. */
  databaseUrl: string;
  /** `redis://host:6379`; without one, tasks and signals travel through Postgres. */
  redisUrl?: string | null;
  /** Connections of each pool; default 10. */
  databasePoolSize?: number;
  /** Before every key in Redis; default `batuta:`. */
  redisPrefix?: string;
  /** Folder of uploaded files and of built modules; default `.batuta`. */
  dataDir?: string;
  /** Name of this process in logs and leases; default host name and process number. */
  instanceId?: string;
  /** Folder of blueprints that are read at the start, beside those given in code. */
  blueprintsDir?: string;
  /** Folder of task functions that are read at the start, beside those given in code. */
  tasksDir?: string;
  /** Tasks that run at once in this process; default 8. */
  tasksAtOnce?: number;
  /** False: this process starts jobs and asks about them, and leaves all work to others. Default true. */
  work?: boolean;
  /** A worker that is silent for so long is dead; default 30. */
  workerLeaseSeconds?: number;
  /** How long running tasks get when it stops; default 30. */
  taskDrainSeconds?: number;
  /** How long a job waits for an engine that has its version; default 600. */
  versionPatienceSeconds?: number;
  /** Token for `fetch`: registers an API client named `environment`, at least 16 characters. */
  clientToken?: string;
  /** Token of remote workers, for `fetch`. */
  globalWorkerToken?: string;
  /** Default `warn`. */
  logLevel?: "debug" | "info" | "warn" | "error";
  /** Takes each line of the log, which is JSON; default: standard output. */
  onLog?: (line: string) => void;
}

const VARIABLES = {
  databaseUrl: "DATABASE_URL",
  databasePoolSize: "DATABASE_POOL_SIZE",
  redisUrl: "REDIS_URL",
  redisPrefix: "BATUTA_REDIS_PREFIX",
  dataDir: "BATUTA_DATA_DIR",
  instanceId: "INSTANCE_ID",
  blueprintsDir: "BLUEPRINTS_DIR",
  tasksDir: "TASKS_DIR",
  tasksAtOnce: "MAX_CONCURRENT_TASKS",
  workerLeaseSeconds: "WORKER_LEASE_SECONDS",
  taskDrainSeconds: "WORKER_SHUTDOWN_TIMEOUT",
  versionPatienceSeconds: "BATUTA_VERSION_PATIENCE_SECONDS",
  clientToken: "CLIENT_TOKEN",
  globalWorkerToken: "GLOBAL_WORKER_TOKEN",
  logLevel: "LOG_LEVEL",
} as const satisfies Partial<Record<keyof BatutaConfig, string>>;

/** The configuration of an embedded process; throws a ConfigError that names every faulty member. */
export function libraryConfig(given: BatutaConfig): Config {
  const known = new Set([...Object.keys(VARIABLES), "work", "onLog"]);
  const strange = Object.keys(given).filter((name) => !known.has(name));
  if (strange.length > 0) throw new ConfigError(strange.map((name) => `${name} is no member of the configuration`));
  const variables: Record<string, string> = {
    LOG_LEVEL: "warn",
    BATUTA_ROLES: given.work === false ? "web" : "engine",
  };
  for (const [member, variable] of Object.entries(VARIABLES)) {
    const value = given[member as keyof typeof VARIABLES];
    if (value !== undefined && value !== null) variables[variable] = String(value);
  }
  try {
    return readConfig(variables);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    throw new ConfigError(error.faults.map(inMembers));
  }
}

function inMembers(fault: string): string {
  const renamed = Object.entries(VARIABLES).map(([member, variable]) => [variable, member] as const);
  const found = renamed.find(([variable]) => fault.startsWith(`${variable} `));
  return found ? `config.${found[1]}${fault.slice(found[0].length)}` : fault;
}
