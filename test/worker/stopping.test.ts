import { afterAll, beforeAll, expect, test } from "vitest";
import { EVENT_KIND } from "@/lib/job-event";
import { JOB_STATUS } from "@/lib/job-status";
import { until } from "@/test/queue/queue-world";
import { createTestDatabase, type TestDatabase } from "@/test/support/database";
import { testKeyPrefix, testRedisUrl } from "@/test/support/redis";
import { requireBuild } from "@/test/support/system";
import { type EngineHost, hostEngine } from "@/test/turn/engine-host";
import { isReady, killWorkers, runWorkerProgram, type SpawnedWorker, spawnWorker } from "./spawned-worker";
import { oneTask } from "./worker-host";

let database: TestDatabase;
let engine: EngineHost;
let env: Record<string, string>;

beforeAll(async () => {
  requireBuild(false);
  database = await createTestDatabase();
  const [redisUrl, prefix] = [testRedisUrl(), testKeyPrefix()];
  const sleeps = oneTask("sleeps", "demo_sleep", { params: { ms: "${initial_data.ms}" } });
  const blueprints = [oneTask("echoes", "demo_echo"), sleeps];
  engine = await hostEngine({ databaseUrl: database.url, redisUrl, prefix, leaseMs: 3_000, blueprints });
  env = { DATABASE_URL: database.url, REDIS_URL: redisUrl, BATUTA_REDIS_PREFIX: prefix, WORKER_LEASE_SECONDS: "3" };
});

afterAll(async () => {
  killWorkers();
  await engine?.stop();
  await database?.drop();
});

const metricsOf = async (worker: SpawnedWorker) => (await worker.get("/metrics")).text();
const runs = async (worker: SpawnedWorker) => /batuta_worker_running_tasks 1\n/.test(await metricsOf(worker));

test("--burst does what there is to do, chained or not, and ends with 0", async () => {
  const jobs = await Promise.all(Array.from({ length: 12 }, (_, n) => engine.start("echoes", { n })));
  expect(await runWorkerProgram(env, ["--burst"])).toMatchObject({ code: 0 });
  for (const job of jobs) await engine.until(job, JOB_STATUS.finished.code);
  expect(await runWorkerProgram(env, ["--burst"])).toMatchObject({ code: 0 });
});

test("--max-jobs takes so many tasks, counts them, and leaves the others", async () => {
  const jobs = await Promise.all(Array.from({ length: 5 }, (_, n) => engine.start("echoes", { n })));
  expect(await runWorkerProgram(env, ["--max-jobs", "2"])).toMatchObject({ code: 0 });
  const done = async () => {
    const { rows } = await engine.database.pool.query<{ status: number }>(
      "select status from jobs where id = any ($1::uuid[])",
      [jobs],
    );
    return rows.filter(({ status }) => status === JOB_STATUS.finished.code).length;
  };
  await until("two are done", async () => (await done()) === 2);
  const rest = await spawnWorker(env);
  await until("all are done", async () => (await done()) === 5);
  expect(await metricsOf(rest)).toContain('batuta_tasks_total{task="demo_echo",outcome="success"} 3');
  rest.child.kill("SIGTERM");
  expect(await rest.exited).toBe(0);
});

test("a drain: not ready, alive and measured meanwhile; what outlasts it runs elsewhere, with no attempt burned", async () => {
  const first = await spawnWorker({ ...env, WORKER_SHUTDOWN_TIMEOUT: "3" });
  await until("it is ready", () => isReady(first));
  const job = await engine.start("sleeps", { ms: 6_000 });
  await until("it sleeps", () => runs(first));
  first.child.kill("SIGTERM");
  await until("it drains", async () => (await first.get("/readyz")).status === 503);
  const ready = await (await first.get("/readyz")).json();
  expect(ready).toMatchObject({ ok: false, db: "connected", redis: "connected", draining: true, running: 1 });
  expect((await first.get("/livez")).status).toBe(200);
  expect(await metricsOf(first)).toContain("batuta_draining 1");
  expect(await first.exited).toBe(0);
  const second = await spawnWorker(env);
  await engine.until(job, JOB_STATUS.finished.code);
  const kinds = (await engine.events(job)).map(({ kind }) => kind);
  expect(kinds.filter((kind) => kind === EVENT_KIND.task_redelivered)).toHaveLength(1);
  expect(kinds).not.toContain(EVENT_KIND.task_failed);
  expect(kinds).not.toContain(EVENT_KIND.task_retry_set);
  second.child.kill("SIGTERM");
  expect(await second.exited).toBe(0);
});

test("a second signal leaves the tasks to others at once, with code 0", async () => {
  const first = await spawnWorker({ ...env, WORKER_SHUTDOWN_TIMEOUT: "600" });
  await until("it is ready", () => isReady(first));
  const job = await engine.start("sleeps", { ms: 20_000 });
  await until("it sleeps", () => runs(first));
  first.child.kill("SIGTERM");
  await until("it drains", async () => (await first.get("/readyz")).status === 503);
  first.child.kill("SIGINT");
  expect(await first.exited).toBe(0);
  await until("its task is anybody's", async () => {
    const { rows } = await engine.database.pool.query("select status from tasks where job_id = $1", [job]);
    return rows[0]?.status !== 2;
  });
  expect((await engine.events(job)).some(({ kind }) => kind === EVENT_KIND.task_failed)).toBe(false);
});

test("WORKER_QUEUES: it takes what it is told to take", async () => {
  const worker = await spawnWorker({ ...env, WORKER_QUEUES: "demo_e*" });
  await until("it is ready", () => isReady(worker));
  const { rows } = await engine.database.pool.query(
    "select skills from worker_sessions where status = 0 order by started_at desc limit 1",
  );
  expect(rows).toEqual([{ skills: ["demo_echo"] }]);
  worker.child.kill("SIGTERM");
  expect(await worker.exited).toBe(0);
});
