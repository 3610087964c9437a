import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { JOB_STATUS } from "@/lib/job-status";
import { createRemoteWorkers } from "@/server/workers/remote-workers";
import { remoteSessionRows } from "@/server/workers/worker-rows";
import { until } from "@/test/queue/queue-world";
import { createTestDatabase, type TestDatabase } from "@/test/support/database";
import { testKeyPrefix, testRedisUrl } from "@/test/support/redis";
import { type EngineHost, type HostOptions, hostEngine } from "@/test/turn/engine-host";
import { oneTask } from "@/test/worker/worker-host";
import { hostProtocol, type ProtocolHost } from "./worker-protocol-host";

let database: TestDatabase;
let options: HostOptions;
let engine: EngineHost;
let web: ProtocolHost;

beforeAll(async () => {
  database = await createTestDatabase();
  const types = ["known", "unknown", "quiet"];
  options = {
    databaseUrl: database.url,
    redisUrl: testRedisUrl(),
    prefix: testKeyPrefix(),
    leaseMs: 2_000,
    blueprints: types.map((type) => oneTask(type, type)),
  };
  engine = await hostEngine(options);
  web = await hostProtocol(engine, options, { leaseMs: 2_000 });
});

afterAll(async () => {
  vi.useRealTimers();
  await web?.stop();
  await engine?.stop();
  await database?.drop();
});

const register = (worker: string, skill: string) =>
  web.call("POST", "/workers/register", { worker_id: worker, supported_skills: [skill] });
const next = (worker: string) => web.call("GET", `/workers/${worker}/tasks/next?timeout=10`);
const result = (worker: string, task: { job_id: string; task_id: string }) =>
  web.call("POST", "/tasks/result", { ...task, worker_id: worker });

test("a hand-out that the worker never lists is lost at the second look; one that it listed once is not", async () => {
  const rows = remoteSessionRows(engine.database);
  const clock = vi.spyOn(performance, "now");
  const workers = createRemoteWorkers({
    rows,
    engine: engine.engine,
    handedOut: { forget: () => undefined },
    instance: randomUUID(),
    leaseMs: 60_000,
  });
  await register("look-1", "known");
  await register("look-2", "unknown");
  const [known, unknown] = [await engine.start("known"), await engine.start("unknown")];
  const [{ body: first }, { body: second }] = await Promise.all([next("look-1"), next("look-2")]);
  const beat = (worker: string, currentTasks: string[]) =>
    workers.heartbeat(worker, { status: null, skills: null, currentTasks });
  clock.mockReturnValue(1_000);
  await beat("look-1", [first.task_id]);
  await beat("look-2", []);
  clock.mockReturnValue(12_000);
  await beat("look-1", []);
  await beat("look-2", []);
  clock.mockRestore();
  expect((await result("look-1", first)).body.status).toBe("accepted");
  await engine.until(known, JOB_STATUS.finished.code);
  expect((await result("look-2", second)).body).toMatchObject({ status: "ignored", reason: "stale_task" });
  const { body: again } = await next("look-2");
  expect(again.task_id).toBe(second.task_id.replace(/1$/, "2"));
  await result("look-2", again);
  await engine.until(unknown, JOB_STATUS.finished.code);
});

test("a worker that falls silent loses its task after the lease; it is revived by its next poll", async () => {
  await register("quiet-1", "quiet");
  const job = await engine.start("quiet");
  const { body: first } = await next("quiet-1");
  await until("its session has expired", async () => {
    const { rows } = await engine.database.pool.query("select status from worker_sessions where worker = 'quiet-1'");
    return rows[0].status !== 0;
  });
  const { status, body: second } = await next("quiet-1");
  expect(status).toBe(200);
  expect(second.task_id).toBe(first.task_id.replace(/1$/, "2"));
  await result("quiet-1", second);
  await engine.until(job, JOB_STATUS.finished.code);
});

test("a goodbye that lists its tasks lets them be finished; one that lists none gives them to others", async () => {
  await register("bye-1", "known");
  const job = await engine.start("known");
  const { body: task } = await next("bye-1");
  const bye = (current_tasks: string[]) =>
    web.call("PATCH", "/workers/bye-1", { worker_id: "bye-1", status: "offline", current_tasks });
  expect((await bye([task.task_id])).body).toMatchObject({ status: "ok" });
  const other = await engine.start("known");
  expect((await result("bye-1", task)).body).toMatchObject({ status: "accepted" });
  await engine.until(job, JOB_STATUS.finished.code);
  expect((await bye([task.task_id])).status).toBe(200);
  expect((await web.call("PATCH", "/workers/bye-1", { worker_id: "bye-1", status: "idle" })).status).toBe(404);
  await register("bye-2", "known");
  const { body: second } = await next("bye-2");
  expect((await result("bye-2", second)).body).toMatchObject({ status: "accepted" });
  await engine.until(other, JOB_STATUS.finished.code);
});
