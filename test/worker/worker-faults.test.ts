import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { JOB_STATUS } from "@/lib/job-status";
import { migrate } from "@/server/store/migrate";
import { until } from "@/test/queue/queue-world";
import { type OwnServer, startOwnPostgres, startOwnRedis } from "@/test/support/own-servers";
import { testKeyPrefix } from "@/test/support/redis";
import { assertWhole, type EngineHost, type HostOptions, hostEngine } from "@/test/turn/engine-host";
import { hostWorkerProcess, oneTask, type WorkerHost } from "./worker-host";

let postgres: OwnServer<{ url: string }>;
let redis: OwnServer<{ url: string }>;
let options: HostOptions;
let engine: EngineHost;
let worker: WorkerHost;
const runs = new Map<string, number>();

beforeAll(async () => {
  postgres = (await startOwnPostgres()) as OwnServer<{ url: string }>;
  redis = (await startOwnRedis({ persistent: false })) as OwnServer<{ url: string }>;
  await migrate(postgres.now.url);
  options = {
    databaseUrl: postgres.now.url,
    redisUrl: redis.now.url,
    prefix: testKeyPrefix(),
    blueprints: [oneTask("naps", "nap")],
  };
  engine = await hostEngine(options);
  worker = await hostWorkerProcess(options, {
    nap: async (_params, { jobId, signal }) => {
      runs.set(jobId, (runs.get(jobId) ?? 0) + 1);
      await delay(30, undefined, { signal });
      return { napped: true };
    },
  });
}, 120_000);

afterAll(async () => {
  await worker?.stop();
  await engine?.stop();
  await redis?.remove();
  await postgres?.remove();
}, 120_000);

const finishedOf = async (jobs: string[]) => {
  const { rows } = await engine.database.pool.query(
    "select count(*)::int as n from jobs where id = any ($1) and status = $2",
    [jobs, JOB_STATUS.finished.code],
  );
  return rows[0].n as number;
};

const start = (count: number) => Promise.all(Array.from({ length: count }, () => engine.start("naps")));

test("Redis is killed, comes back empty: every job ends, every result counts once", async () => {
  const jobs = await start(120);
  await until("some are done", async () => (await finishedOf(jobs)) > 10);
  await redis.kill();
  await delay(500);
  await redis.start();
  await until("all are done", async () => (await finishedOf(jobs)) === jobs.length, 60_000);
  await assertWhole(options.databaseUrl);
  expect(jobs.every((job) => (runs.get(job) ?? 0) >= 1)).toBe(true);
}, 120_000);

test("Postgres restarts while tasks run: results are kept and reported, every job ends", async () => {
  const jobs = await start(120);
  await until("some are done", async () => (await finishedOf(jobs)) > 10);
  await postgres.stop();
  await delay(1_000);
  await postgres.start();
  await until("all are done", async () => (await finishedOf(jobs).catch(() => 0)) === jobs.length, 60_000);
  await assertWhole(options.databaseUrl);
  expect(worker.worker.health().unreported).toBe(0);
}, 120_000);
