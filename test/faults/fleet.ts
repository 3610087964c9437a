import { randomBytes } from "node:crypto";
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Redis } from "ioredis";
import { freePort } from "@/server/local/free-port";
import { type RunningPostgres, startPostgres } from "@/server/local/postgres";
import { endProcess } from "@/server/local/process-info";
import { type RunningRedis, startRedis } from "@/server/local/redis";
import { type Database, openDatabase } from "@/server/store/database";
import { startTcpProxy, type TcpProxy, throughPort } from "@/test/support/tcp-proxy";
import { WIDE_LIMITS } from "@/test/support/wide-limits";
import type { FaultBundles } from "./build";
import type { LedgerLine } from "./bundle/ledger";
import { FleetProcess } from "./fleet-process";

/** The shortest that the product takes. */
export const LEASE_MS = 3_000;

/** What each of the remote workers is like: `test/faults/bundle/remote-calls.ts`. */
const HABITS = ["poll_ids,sts", "socket", "poll_ids,drains"];

/** Everything of one run: servers, processes and the links between them. */
export interface Fleet {
  engines: FleetProcess[];
  workers: FleetProcess[];
  remotes: FleetProcess[];
  /** Origins of the engines. */
  urls: string[];
  clientToken: string;
  database: Database;
  /** Data of the engines and workers; threads and processes of a worker have it in their environment. */
  folder: string;
  /** One link to Redis for each half of the processes. */
  links: TcpProxy[];
  all(): FleetProcess[];
  flushRedis(): Promise<void>;
  /** `kill -9` of Redis, and a fresh empty one at its address. */
  loseRedis(): Promise<void>;
  restartPostgres(): Promise<void>;
  /** Ends so many connections of the product at the database. */
  killBackends(count: number): Promise<void>;
  /** What all workers wrote down. */
  ledger(): LedgerLine[];
  stop(): Promise<void>;
}

/** Postgres and Redis of the whole run, on free ports and in a folder of their own. */
export interface Servers {
  folder: string;
  postgres: RunningPostgres;
  redis: RunningRedis;
  /** Fleets so far: each has a database and a key prefix of its own. */
  fleets: number;
  stop(): Promise<void>;
}

export async function startServers(): Promise<Servers> {
  const folder = mkdtempSync(join(tmpdir(), "batuta-faults-"));
  chmodSync(folder, 0o755);
  const servers: Servers = {
    folder,
    postgres: await startPostgres({ dataFolder: folder }),
    redis: await openRedis(folder),
    fleets: 0,
    async stop() {
      await servers.redis.stop();
      await servers.postgres.stop();
      if (!process.env.FAULTS_KEEP) rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
    },
  };
  return servers;
}

async function freshDatabase(servers: Servers): Promise<string> {
  const name = `faults_${servers.fleets}`;
  const database = openDatabase(servers.postgres.url, { max: 1, name: "faults" });
  await database.pool.query(`create database ${name}`);
  await database.close();
  const address = new URL(servers.postgres.url);
  address.pathname = `/${name}`;
  return address.href;
}

/** Starts two engines, two own workers and `remotes` remote ones on free ports, with a database of their own. */
export async function startFleet(
  servers: Servers,
  bundles: FaultBundles,
  options: { seed: number; remotes: number; restless?: boolean },
): Promise<Fleet> {
  servers.fleets += 1;
  const folder = join(servers.folder, `fleet-${servers.fleets}`);
  mkdirSync(join(folder, "ledgers"), { recursive: true });
  const databaseUrl = await freshDatabase(servers);
  const links = [await startTcpProxy(servers.redis), await startTcpProxy(servers.redis)];
  const database = openDatabase(databaseUrl, { max: 4, name: "faults" });
  const token = () => randomBytes(24).toString("base64url");
  const [clientToken, workerToken] = [token(), token()];
  const ports = [await freePort(), await freePort(), await freePort(), await freePort()];
  const environment = (half: number): Record<string, string> => ({
    PATH: process.env.PATH ?? "",
    NODE_ENV: "production",
    DATABASE_URL: databaseUrl,
    BATUTA_REDIS_PREFIX: `f${servers.fleets}:`,
    REDIS_URL: throughPort(servers.redis.url, links[half]?.port ?? 0),
    CLIENT_TOKEN: clientToken,
    GLOBAL_WORKER_TOKEN: workerToken,
    BATUTA_AUTH_SECRET: "0123456789abcdef0123456789abcdef0123456789abcdef",
    BATUTA_DATA_DIR: folder,
    BATUTA_ROLES: "engine",
    WORKER_LEASE_SECONDS: String(LEASE_MS / 1000),
    WORKER_POLL_TIMEOUT_SECONDS: "5",
    WORKER_SIGNATURE_MODE: "off",
    MAX_CONCURRENT_TASKS: "16",
    WORKER_SHUTDOWN_TIMEOUT: "3",
    LOG_LEVEL: "warn",
    ...WIDE_LIMITS,
  });
  const log = (name: string) => join(folder, `${name}.log`);
  const ledgerOf = (name: string) => join(folder, "ledgers", `${name}.jsonl`);
  const urls = ports.slice(0, 2).map((port) => `http://127.0.0.1:${port}`);
  const engines = [0, 1].map(
    (half) =>
      new FleetProcess({
        name: `engine-${half + 1}`,
        script: bundles.server,
        env: { ...environment(half), PORT: String(ports[half]), INSTANCE_ID: `engine-${half + 1}` },
        logFile: log(`engine-${half + 1}`),
        readyUrl: `${urls[half]}/readyz`,
      }),
  );
  const workers = [0, 1].map((half) => {
    const name = `worker-${half + 1}`;
    const port = String(ports[2 + half]);
    const env = { ...environment(half), WORKER_ID: name, WORKER_HTTP_PORT: port, FAULT_LEDGER: ledgerOf(name) };
    const readyUrl = `http://127.0.0.1:${port}/readyz`;
    return new FleetProcess({ name, script: bundles.worker, env, logFile: log(name), readyUrl });
  });
  const remotes = Array.from({ length: options.remotes }, (_, index) => {
    const name = `remote-${index + 1}`;
    const env = {
      PATH: process.env.PATH ?? "",
      FAULT_URLS: urls.join(","),
      FAULT_NAME: name,
      FAULT_TOKEN: workerToken,
      FAULT_LEDGER: ledgerOf(name),
      FAULT_SEED: String(options.seed + index),
      FAULT_LEASE_MS: String(LEASE_MS),
      FAULT_RESTLESS: options.restless ? "1" : "0",
      FAULT_HABITS: HABITS[index % HABITS.length] ?? "",
    };
    return new FleetProcess({ name, script: bundles.remote, env, logFile: log(name) });
  });
  const all = () => [...engines, ...workers, ...remotes];
  const stop = async () => {
    await Promise.all(all().map((one) => one.stop()));
    await database.close().catch(() => undefined); // it may be in the middle of a restart
    await Promise.all(links.map((link) => link.close()));
  };
  try {
    await engines[0]?.start();
    await Promise.all([...engines.slice(1), ...workers, ...remotes].map((one) => one.start()));
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    ...{ engines, workers, remotes, urls, clientToken, database, folder, links, all, stop },
    ...blows(servers, database),
    ledger: () => all().flatMap((one) => readLedger(ledgerOf(one.name))),
  };
}

async function openRedis(folder: string, port?: number): Promise<RunningRedis> {
  const redis = await startRedis({ dataFolder: folder, persistent: false, port });
  if ("reason" in redis) throw new Error(`No Redis for the fault run: ${redis.reason}`);
  return redis;
}

function blows(servers: Servers, database: Database) {
  return {
    async flushRedis() {
      const redis = new Redis(servers.redis.url);
      await redis.flushall();
      redis.disconnect();
    },
    async loseRedis() {
      await endProcess(servers.redis.pid, "SIGKILL", 5_000);
      servers.redis = await openRedis(servers.folder, servers.redis.port);
    },
    async restartPostgres() {
      const { port } = servers.postgres;
      await servers.postgres.stop();
      servers.postgres = await startPostgres({ dataFolder: servers.folder, port });
    },
    async killBackends(count: number) {
      await database.pool.query(
        `select pg_terminate_backend(pid) from (select pid from pg_stat_activity
           where datname = current_database() and application_name like 'batuta%' and pid <> pg_backend_pid() order by random() limit $1) x`,
        [count],
      );
    },
  };
}

function readLedger(file: string): LedgerLine[] {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    // An engine has none.
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw error;
  }
  // One that is cut off lost its writer, and has no end.
  return text.split("\n").flatMap((line) => (line.endsWith("}") ? [JSON.parse(line) as LedgerLine] : []));
}
