import { randomBytes } from "node:crypto";
import { appendFileSync, rmSync } from "node:fs";
import { Agent, request } from "node:http";
import { join } from "node:path";
import { Redis } from "ioredis";
import { Pool } from "pg";
import type { BlueprintDocument } from "@/lib/blueprint/document";
import { freePort } from "@/server/local/free-port";
import { startPostgres } from "@/server/local/postgres";
import { startRedis } from "@/server/local/redis";
import { migrate } from "@/server/store/migrate";
import { asking, chain, fanOut, remote, single } from "@/test/bench/blueprints";
import type { ProcessPids } from "@/test/bench/process-cpu";
import { makeRunFolder } from "@/test/support/run-folder";
import { SystemProcess } from "@/test/support/system-process";
import { WIDE_LIMITS } from "@/test/support/wide-limits";

const root = join(import.meta.dirname, "../..");

const WORKER_LEASE_SECONDS = 600;

/** The product as `npm start` runs it, on servers and in a folder of its own. */
export interface BenchSystem {
  readonly databaseUrl: string;
  readonly redisUrl: string;
  /** Of the API on 127.0.0.1. */
  readonly port: number;
  /** Token that is good for every remote worker; what they send has to be signed. */
  readonly workerToken: string;
  /** For looking at rows; one connection at a time does nothing while nobody asks. */
  readonly pool: Pool;
  readonly redis: Redis;
  /** web, worker, postgres, redis. */
  readonly pids: ProcessPids;
  /** Id of a blueprint's stored version. */
  blueprintId(name: string): Promise<number>;
  /** `POST /api/v1/jobs/<blueprint>`; resolves with the id when the job is acknowledged. */
  start(blueprint: string, input: object): Promise<string>;
  /** The worker process stands still from now on, for less than its lease; what is submitted is a backlog. */
  holdWorker(): void;
  releaseWorker(): void;
  /** What was measured, in microseconds of the monotonic clock: the part of a CPU profile that counts. */
  noteSpan(span: [from: number, to: number]): void;
  /** What the processes printed last, for the report of a failure. */
  lastLines(): string;
  stop(): Promise<void>;
}

/**
 * Starts Postgres and Redis with the settings of `npm start` (durable), and `dist/server.js` and `dist/worker.js` with
 * its environment. `profileFolder`: both write a CPU profile there when they end.
 */
export async function startBenchSystem(options: { profileFolder?: string } = {}): Promise<BenchSystem> {
  const dataFolder = makeRunFolder();
  const closing: (() => unknown)[] = [() => rmSync(dataFolder, { recursive: true, force: true, maxRetries: 5 })];
  const stop = async () => {
    for (const close of closing.splice(0).reverse()) await close();
  };
  try {
    const postgres = await startPostgres({ dataFolder });
    closing.push(() => postgres.stop());
    const redis = await startRedis({ dataFolder });
    if ("reason" in redis) throw new Error(`no Redis: ${redis.reason}`);
    closing.push(() => redis.stop());
    await migrate(postgres.url);
    const clientToken = randomBytes(32).toString("base64url");
    const workerToken = randomBytes(32).toString("base64url");
    const [port, workerPort] = [await freePort(), await freePort()];
    const env = environment({ databaseUrl: postgres.url, redisUrl: redis.url, dataFolder });
    const tokens = { CLIENT_TOKEN: clientToken, GLOBAL_WORKER_TOKEN: workerToken, WORKER_SIGNATURE_MODE: "required" };
    Object.assign(env, { ...tokens, PORT: String(port), WORKER_HTTP_PORT: String(workerPort) });
    const { profileFolder } = options;
    const nodeArguments = profileFolder ? ["--cpu-prof", `--cpu-prof-dir=${profileFolder}`] : [];
    const make = (name: string, script: string, at: number) =>
      new SystemProcess({
        name,
        script: join(root, script),
        nodeArguments,
        cwd: root,
        env,
        url: `http://127.0.0.1:${at}`,
      });
    const web = make("web", "dist/server.js", port);
    const worker = make("worker", "dist/worker.js", workerPort);
    for (const each of [web, worker]) {
      closing.push(() => (each.running ? each.end() : null));
      await each.start();
    }
    const pool = new Pool({ connectionString: postgres.url, max: 4 });
    closing.push(() => pool.end());
    const redisClient = new Redis(redis.url);
    closing.push(() => redisClient.disconnect());
    const agent = new Agent({ keepAlive: true, maxSockets: 64 });
    closing.push(() => agent.destroy());
    const api = apiOf(agent, port, clientToken);
    for (const document of [chain, fanOut, single, remote, ...asking])
      await api("PUT", `/api/v1/blueprints/${document.name}`, document);
    return {
      databaseUrl: postgres.url,
      redisUrl: redis.url,
      port,
      workerToken,
      pool,
      redis: redisClient,
      pids: { web: web.processId, worker: worker.processId, postgres: postgres.pid, redis: redis.pid },
      blueprintId: async (name: BlueprintDocument["name"]) =>
        (await pool.query("select id from blueprints where name = $1", [name])).rows[0].id,
      start: async (blueprint, input) =>
        (await api("POST", `/api/v1/jobs/${blueprint}`, { initial_data: input })).job_id as string,
      holdWorker: () => worker.pause(),
      releaseWorker: () => worker.resume(),
      noteSpan(span) {
        if (profileFolder) appendFileSync(join(profileFolder, "spans.txt"), `${span.join(" ")}\n`);
      },
      lastLines: () => `${web.lastLines()}\n${worker.lastLines()}`,
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

function environment(of: { databaseUrl: string; redisUrl: string; dataFolder: string }): NodeJS.ProcessEnv {
  return {
    PATH: process.env.PATH,
    HOME: process.env.HOME,
    NODE_ENV: "production",
    NEXT_TELEMETRY_DISABLED: "1",
    BATUTA_LOCAL: "1",
    // The worker stands still while a backlog is made; a shorter lease would call it dead.
    WORKER_LEASE_SECONDS: String(WORKER_LEASE_SECONDS),
    DATABASE_URL: of.databaseUrl,
    REDIS_URL: of.redisUrl,
    HOST: "127.0.0.1",
    BATUTA_DATA_DIR: of.dataFolder,
    ...WIDE_LIMITS,
  };
}

type Answer = Record<string, unknown>;

/** Calls over kept connections; rejects when the answer is not a success. */
function apiOf(agent: Agent, port: number, clientToken: string) {
  return (method: string, path: string, body: unknown): Promise<Answer> =>
    new Promise((resolve, reject) => {
      const text = JSON.stringify(body);
      const headers = {
        "x-client-token": clientToken,
        "content-type": "application/json",
        "content-length": Buffer.byteLength(text),
      };
      const call = request({ agent, host: "127.0.0.1", port, method, path, headers }, (response) => {
        let answer = "";
        response.setEncoding("utf8");
        response.on("data", (chunk: string) => {
          answer += chunk;
        });
        response.on("error", reject);
        response.on("end", () => {
          const { statusCode = 0 } = response;
          if (statusCode < 300) resolve(JSON.parse(answer));
          else reject(new Error(`${method} ${path}: ${statusCode} ${answer}`));
        });
      });
      call.on("error", reject);
      call.end(text);
    });
}
