import { afterAll, beforeAll, expect, test } from "vitest";
import { JOB_STATUS } from "@/lib/job-status";
import { createTestDatabase, type TestDatabase } from "@/test/support/database";
import { type EngineHost, hostEngine } from "@/test/turn/engine-host";
import { oneTask } from "@/test/worker/worker-host";
import { hostProtocol, type ProtocolHost } from "./worker-protocol-host";

let database: TestDatabase;
let engine: EngineHost;
let web: ProtocolHost;

beforeAll(async () => {
  database = await createTestDatabase();
  const options = {
    databaseUrl: database.url,
    redisUrl: null,
    prefix: "",
    blueprints: [oneTask("queued", "queued"), oneTask("owned", "owned")],
  };
  engine = await hostEngine(options);
  web = await hostProtocol(engine, options);
});

afterAll(async () => {
  await web?.stop();
  await engine?.stop();
  await database?.drop();
});

const register = (worker: string, ...skills: string[]) =>
  web.call("POST", "/workers/register", { worker_id: worker, supported_skills: skills });
const result = (worker: string, taskId: string) =>
  web.call("POST", "/tasks/result", { worker_id: worker, task_id: taskId, status: "success", data: { forged: true } });
const event = (worker: string, taskId: string, type: string, more: object = {}) =>
  web.call("POST", "/events", {
    worker_id: worker,
    event_type: type,
    origin_task_id: taskId,
    payload: { progress: 0.5 },
    ...more,
  });
const statusOf = async (job: string) =>
  (await engine.database.pool.query("select status from jobs where id = $1", [job])).rows[0]?.status;
const taskOf = async (job: string) => {
  const { rows } = await engine.database.pool.query("select no, fence from tasks where job_id = $1", [job]);
  return `${job}.${rows[0]?.no}.${rows[0]?.fence}`;
};

test("a task that nobody holds is ended by no worker, whoever guesses its id", async () => {
  await register("idle", "something_else");
  const job = await engine.start("queued", {});
  const guessed = await taskOf(job);
  expect((await result("idle", guessed)).body).toMatchObject({ status: "ignored", reason: "stale_task" });
  expect((await event("idle", guessed, "progress")).body).toMatchObject({ status: "error", code: "STALE_TASK" });
  const said = await event("idle", guessed, "said", { event_id: "guessed-1" });
  expect(said.body).toMatchObject({ status: "error", code: "STALE_TASK" });
  expect(await statusOf(job)).not.toBe(JOB_STATUS.finished.code);
  expect(await taskOf(job)).toBe(guessed);
});

test("what another worker holds is ended, told of and moved by that one alone", async () => {
  await register("holder", "owned");
  await register("thief", "owned");
  const job = await engine.start("owned", {});
  const { body: task } = await web.call("GET", "/workers/holder/tasks/next?timeout=5");
  expect(task.job_id).toBe(job);
  expect((await result("thief", task.task_id)).body).toMatchObject({ status: "ignored", reason: "worker_mismatch" });
  expect((await event("thief", task.task_id, "progress")).body).toMatchObject({ code: "STALE_TASK" });
  const said = await event("thief", task.task_id, "said", { event_id: "stolen-1" });
  expect(said.body).toMatchObject({ code: "STALE_TASK" });
  // To name another's task as its own tells it nothing, and takes nothing from the other.
  const beat = await web.call("PATCH", "/workers/thief", { worker_id: "thief", current_tasks: [task.task_id] });
  expect(beat.body.cancel_task_ids).toEqual([task.task_id]);
  expect((await result("holder", task.task_id)).body).toMatchObject({ status: "accepted" });
  expect(await statusOf(job)).toBe(JOB_STATUS.finished.code);
});
