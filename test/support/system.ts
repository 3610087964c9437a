import { randomBytes } from "node:crypto";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { Pool } from "pg";
import { inject } from "vitest";
import { bundlesHash, pagesHash } from "@/server/local/build";
import { freePort } from "@/server/local/free-port";
import { createTestDatabase } from "@/test/support/database";
import { testKeyPrefix, testRedisUrl } from "@/test/support/redis";
import { SystemProcess } from "@/test/support/system-process";
import { WIDE_LIMITS } from "@/test/support/wide-limits";

const root = join(import.meta.dirname, "../..");

export interface SystemOptions {
  /** `shared` (default): the Redis of the whole run under a prefix of its own; `none`: the Postgres queue; or a URL. */
  redis?: "shared" | "none" | { url: string; prefix?: string };
  /** Another database than one of its own: that of a Postgres to be stopped, or of a system it is to be part of. */
  database?: { url: string; drop(): Promise<void> };
  /** The pages must be those of the sources as well, for browser tests. */
  pages?: boolean;
  /** As `npm start` runs it: loopback only, with a one-time sign-in link. */
  local?: boolean;
  /** The web process is a plain `next start`, as where Next alone is hosted. */
  plainNext?: boolean;
  /** More variables for both processes. */
  environment?: Record<string, string>;
}

export type ProcessName = "web" | "worker";

export interface Answer {
  status: number;
  // biome-ignore lint/suspicious/noExplicitAny: tests read into answers whose shape they check.
  body: any;
  headers: Headers;
}

/** The built system, running: a web and a worker process of its own on real servers. */
export interface System {
  /** Origin of the web process; the same over restarts. */
  readonly url: string;
  readonly databaseUrl: string;
  /** Null on the Postgres queue. */
  readonly redis: { url: string; prefix: string } | null;
  readonly clientToken: string;
  readonly admin: { email: string; password: string };
  /** In local mode; works once. */
  readonly signInUrl: string;
  /** Calls the API as the client; `body` is sent as JSON. Rejects when there is no connection. */
  api(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Answer>;
  /** Uploads a file and gives its id. */
  upload(path: string, name: string): Promise<string>;
  /** Uploads a blueprint of one's own. */
  put(document: { name: string }): Promise<void>;
  /** Starts a job and gives its id. */
  startJob(blueprint: string, input: object): Promise<string>;
  /** Waits until the job has one of the statuses, over restarts of the web process; gives its detail. */
  // biome-ignore lint/suspicious/noExplicitAny: as in Answer.
  untilJob(jobId: string, ...statuses: string[]): Promise<any>;
  /** The whole history, page by page. */
  history(jobId: string): Promise<HistoryRow[]>;
  /** Rows straight from the database, for what must be seen while no process runs. */
  // biome-ignore lint/suspicious/noExplicitAny: rows of whatever was asked.
  rows(sql: string, values?: unknown[]): Promise<any[]>;
  /** `kill -9`. */
  kill(which: ProcessName): Promise<void>;
  /** SIGTERM; resolves with the exit code. */
  end(which: ProcessName): Promise<number | null>;
  /** Starts it again, after killing it if it still runs; resolves when it is ready. */
  restart(which: ProcessName): Promise<void>;
  pause(which: ProcessName): void;
  resume(which: ProcessName): void;
  /** Everything that this process printed. */
  output(which: ProcessName): string;
  /** Waits for `condition`; fails after four minutes with what the processes printed last. */
  until(what: string, condition: () => Promise<boolean> | boolean): Promise<void>;
  stop(): Promise<void>;
}

export interface HistoryRow {
  seq: number;
  event_type: string;
  timestamp: string;
  state: string;
  // biome-ignore lint/suspicious/noExplicitAny: as in Answer.
  data: any;
}

/** Starts the system and gives it to `work`; stops it however that ends, and shows its logs when it fails. */
export async function withSystem(options: SystemOptions, work: (system: System) => Promise<void>): Promise<void> {
  const system = await startSystem(options);
  try {
    await work(system);
  } catch (error) {
    console.error(`${tail(system.output("web"), "web")}\n${tail(system.output("worker"), "worker")}`);
    throw error;
  } finally {
    await system.stop();
  }
}

/**
 * Starts `dist/server.js` and `dist/worker.js` on a database of their own, with random tokens, free ports and a data
 * folder of their own. Throws when the build is missing or older than the sources. Call `stop` in any case.
 */
export async function startSystem(options: SystemOptions = {}): Promise<System> {
  requireBuild(options.pages || options.plainNext || false);
  const database = options.database ?? (await createTestDatabase());
  const dataFolder = mkdtempSync(join(inject("runFolder"), "system-"));
  const [port, workerPort] = [await freePort(), await freePort()];
  const url = `http://127.0.0.1:${port}`;
  const redis = redisOf(options.redis ?? "shared");
  const secrets = {
    CLIENT_TOKEN: options.environment?.CLIENT_TOKEN ?? token(),
    GLOBAL_WORKER_TOKEN: token(),
    BATUTA_AUTH_SECRET: token(),
    BATUTA_ADMIN_EMAIL: "operator@batuta.test",
    BATUTA_ADMIN_PASSWORD: token(),
    ...(options.local ? { BATUTA_LOCAL: "1", BATUTA_SIGN_IN_TOKEN: token() } : {}),
  };
  const env = {
    PATH: process.env.PATH,
    HOME: process.env.HOME,
    NODE_ENV: "production" as const,
    ...secrets,
    DATABASE_URL: database.url,
    ...(redis ? { REDIS_URL: redis.url, BATUTA_REDIS_PREFIX: redis.prefix } : { BATUTA_REDIS: "off" }),
    HOST: "127.0.0.1",
    PORT: String(port),
    WORKER_HTTP_PORT: String(workerPort),
    BATUTA_DATA_DIR: dataFolder,
    ...WIDE_LIMITS,
    ...options.environment,
  };
  const make = (name: ProcessName, script: string, at: string, given: string[] = []) =>
    new SystemProcess({ name, script: join(root, script), arguments: given, cwd: root, env, url: at });
  const next = ["start", "--hostname", "127.0.0.1", "--port", String(port)];
  const processes = {
    web: options.plainNext
      ? make("web", "node_modules/next/dist/bin/next", url, next)
      : make("web", "dist/server.js", url),
    worker: make("worker", "dist/worker.js", `http://127.0.0.1:${workerPort}`),
  };
  const pool = new Pool({ connectionString: database.url, max: 2 });
  // A test may restart Postgres under it; what fails then is the query, not the process.
  pool.on("error", () => undefined);
  const stop = async () => {
    await Promise.all([processes.web.stop(), processes.worker.stop()]);
    await pool.end();
    await database.drop();
    rmSync(dataFolder, { recursive: true, force: true, maxRetries: 5 });
  };
  try {
    // The web process migrates and stores the blueprints; the worker needs nothing of it but comes up faster alone.
    await processes.web.start();
    await processes.worker.start();
  } catch (error) {
    await stop();
    throw error;
  }
  const signInUrl = `${url}/sign-in?token=${secrets.BATUTA_SIGN_IN_TOKEN ?? ""}`;
  const admin = { email: secrets.BATUTA_ADMIN_EMAIL, password: secrets.BATUTA_ADMIN_PASSWORD };
  const known = { url, databaseUrl: database.url, redis, clientToken: secrets.CLIENT_TOKEN, admin, signInUrl };
  return { ...known, ...control(processes), ...client(url, secrets.CLIENT_TOKEN, pool, processes), stop };
}

type Processes = Record<ProcessName, SystemProcess>;

function control(processes: Processes) {
  return {
    kill: (which: ProcessName) => processes[which].kill(),
    end: (which: ProcessName) => processes[which].end(),
    async restart(which: ProcessName) {
      if (processes[which].running) await processes[which].kill();
      await processes[which].start();
    },
    pause: (which: ProcessName) => processes[which].pause(),
    resume: (which: ProcessName) => processes[which].resume(),
    output: (which: ProcessName) => processes[which].output,
  };
}

function client(url: string, clientToken: string, pool: Pool, processes: Processes) {
  const api: System["api"] = async (method, path, body, headers = {}) => {
    const raw = body instanceof Uint8Array;
    const response = await fetch(`${url}${path}`, {
      method,
      headers: {
        "x-client-token": clientToken,
        ...(body === undefined || raw ? {} : { "content-type": "application/json" }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: raw ? (body as Uint8Array<ArrayBuffer>) : JSON.stringify(body) }),
      signal: AbortSignal.timeout(60_000),
    });
    const text = await response.text();
    const json = (response.headers.get("content-type") ?? "").includes("json");
    return { status: response.status, body: json ? JSON.parse(text) : text, headers: response.headers };
  };
  const accepted = async (status: number, call: Promise<Answer>) => {
    const answer = await call;
    if (answer.status !== status) throw new Error(`${answer.status} ${JSON.stringify(answer.body)}, not ${status}`);
    return answer.body;
  };
  const until: System["until"] = async (what, condition) => {
    for (const end = Date.now() + 240_000; Date.now() < end; await delay(20)) if (await condition()) return;
    throw new Error(`not in four minutes: ${what}\n${processes.web.lastLines()}\n${processes.worker.lastLines()}`);
  };
  return {
    api,
    until,
    upload: async (path: string, name: string) => {
      const bytes = readFileSync(path);
      const query = `filename=${encodeURIComponent(name)}`;
      const type = { "content-type": "application/octet-stream" };
      return (await accepted(201, api("POST", `/api/v1/files?${query}`, new Uint8Array(bytes), type)))
        .file_id as string;
    },
    put: async (document: { name: string }) => {
      const answer = await api("PUT", `/api/v1/blueprints/${document.name}`, document);
      if (answer.status >= 300) throw new Error(`the blueprint was refused: ${JSON.stringify(answer.body)}`);
    },
    startJob: async (blueprint: string, input: object) =>
      (await accepted(202, api("POST", `/api/v1/jobs/${blueprint}`, { initial_data: input }))).job_id as string,
    async untilJob(jobId: string, ...statuses: string[]) {
      let last: Answer["body"] = null;
      const reached = async () => {
        // While the web process is down there is no answer; the limit of `until` ends it.
        const answer = await api("GET", `/api/v1/jobs/${jobId}`).catch(() => null);
        if (answer?.status === 200) last = answer.body;
        return statuses.includes(last?.status);
      };
      await until(`job ${jobId} is ${statuses.join(" or ")}`, reached).catch((error: Error) => {
        throw new Error(`the job is ${JSON.stringify(last)?.slice(0, 1_000)}\n${error.message}`);
      });
      return last;
    },
    async history(jobId: string) {
      const all: HistoryRow[] = [];
      for (;;) {
        const page = await accepted(200, api("GET", `/api/v1/jobs/${jobId}/history?after_seq=${all.at(-1)?.seq ?? 0}`));
        if (page.length === 0) return all;
        all.push(...(page as HistoryRow[]));
      }
    },
    rows: async (sql: string, values: unknown[] = []) => (await pool.query(sql, values)).rows,
  };
}

function redisOf(wish: NonNullable<SystemOptions["redis"]>): System["redis"] {
  if (wish === "none") return null;
  if (wish === "shared") return { url: testRedisUrl(), prefix: testKeyPrefix() };
  return { url: wish.url, prefix: wish.prefix ?? testKeyPrefix() };
}

function token(): string {
  return randomBytes(32).toString("base64url");
}

/** What is tested is what ships, so nothing is built here: a stale build would be tested without a word. */
/** Throws when the build is missing or older than the sources; `pages`: those of the pages as well. */
export function requireBuild(pages: boolean): void {
  const stamp = (name: string) => {
    const file = join(root, "dist", `${name}.stamp`);
    return existsSync(file) ? readFileSync(file, "utf8") : "";
  };
  const fix = "run `npm run build` (or `npm test`, which builds first)";
  const missing = ["dist/server.js", "dist/worker.js", "dist/extract-child.js", ".next/BUILD_ID"].filter(
    (file) => !existsSync(join(root, file)),
  );
  if (missing.length > 0) throw new Error(`not built: ${missing.join(", ")} missing; ${fix}`);
  if (stamp("bundles") !== bundlesHash(root)) throw new Error(`dist/ is older than the sources; ${fix}`);
  if (pages && stamp("pages") !== pagesHash(root)) throw new Error(`.next/ is older than the sources; ${fix}`);
}

function tail(text: string, name: string): string {
  return `--- ${name} ---\n${text.trimEnd().split("\n").slice(-60).join("\n")}`;
}
