import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { z } from "zod";
import { JOB_STATUS } from "@/lib/job-status";
import { readWorkerConfig } from "@/server/config";
import { demoSquare } from "@/server/tasks/demo-square";
import { publishReport } from "@/server/tasks/publish-report";
import { shippedTasks, type TaskSet, taskSet } from "@/server/tasks/task-set";
import { startRemoteWorker } from "@/server/worker/remote";
import type { RunOptions } from "@/server/worker/start-worker";
import { TaskAllowance } from "@/server/worker/task-allowance";
import {
  createWorker,
  defineSkill,
  outcome,
  PermanentError,
  RetryableError,
  type Skill,
  SkillError,
  type Worker,
  type WorkerOptions,
} from "@/server/worker-sdk/sdk";
import { GLOBAL_TOKEN, hostProtocol, type ProtocolHost } from "@/test/http/worker-protocol-host";
import { createTestDatabase, type TestDatabase } from "@/test/support/database";
import { testKeyPrefix, testRedisUrl } from "@/test/support/redis";
import { type EngineHost, hostEngine } from "@/test/turn/engine-host";
import { isolatedTasks } from "@/test/worker/isolated-tasks";
import { gate, oneTask } from "@/test/worker/worker-host";

let database: TestDatabase;
let engine: EngineHost;
let webs: ProtocolHost[] = [];
const workers: Worker[] = [];

const once = { retry: { max_attempts: 1 } };
const blueprints = [
  oneTask("print", "print", { ...once, transitions: { success: "done", no_paper: "done" }, params: "" }),
  oneTask("hold", "hold", { ...once, on_event: { enough: "done" } }),
  oneTask("tells", "tell_thread"),
  oneTask("stuck", "regex_thread", { ...once, timeout_seconds: 1 }),
  oneTask("square", "demo_square", { ...once, params: { n: "${initial_data.n}" } }),
].map((document) => {
  const { work } = document.states as unknown as { work: { params: unknown } };
  if (work.params === "") work.params = { copies: "${initial_data.copies}" };
  return document;
});

beforeAll(async () => {
  database = await createTestDatabase();
  const options = { databaseUrl: database.url, redisUrl: testRedisUrl(), prefix: testKeyPrefix(), blueprints };
  engine = await hostEngine(options);
  webs = await Promise.all([0, 1].map(() => hostProtocol(engine, options, { signatureMode: "required" })));
});

afterEach(async () => {
  await Promise.all(workers.splice(0).map((worker) => worker.stop(0)));
});

afterAll(async () => {
  await Promise.all(webs.map((web) => web.stop()));
  await engine?.stop();
  await database?.drop();
});

const origin = (web: ProtocolHost | undefined) => (web?.url ?? "").replace("/_worker", "");

async function serve(workerId: string, skills: Skill[], more: Partial<WorkerOptions> = {}): Promise<Worker> {
  const orchestrators = [{ url: origin(webs[0]), token: GLOBAL_TOKEN }];
  const worker = createWorker({ workerId, orchestrators, skills, heartbeatMs: 200, log: false, ...more });
  workers.push(worker);
  await worker.start();
  return worker;
}

const eventOf = async (job: string, kind: number) =>
  (await engine.events(job)).findLast((event) => event.kind === kind)?.data;

const print = defineSkill({
  name: "print",
  version: "1.0.0",
  input: z.object({ copies: z.union([z.number().int(), z.string()]) }),
  output: z.object({ printed: z.number() }),
  run({ copies }, { idempotencyKey, attempt, jobId, log }) {
    log.info("printing");
    if (copies === "again") throw new RetryableError("out of toner", { retryAfterMs: 3_000 });
    if (copies === "never") throw new PermanentError("no printer", { details: { since: 1 } });
    if (copies === "odd") throw new SkillError("RESOURCE_EXHAUSTED_ERROR", "no disk");
    if (copies === "bug") throw new TypeError("copies is not a function");
    if (copies === "lie") return { printed: "many" } as never;
    if (copies === 0) return outcome("no_paper", { printed: 0 });
    expect([idempotencyKey.startsWith(jobId), attempt]).toEqual([true, 1]);
    return { printed: copies as number };
  },
});

test("runs a job with every message signed; another outcome picks another transition", async () => {
  await serve("sdk-1", [print]);
  const [job, none] = [await engine.start("print", { copies: 3 }), await engine.start("print", { copies: 0 })];
  await engine.until(job, JOB_STATUS.finished.code);
  await engine.until(none, JOB_STATUS.finished.code);
  expect(await eventOf(job, 9)).toMatchObject({ worker: "sdk-1", r: { printed: 3 } });
  expect(await eventOf(none, 9)).toMatchObject({ outcome: "no_paper", r: { printed: 0 } });
});

test.each([
  ["again", "quarantined", "TRANSIENT_ERROR", "out of toner"],
  ["never", "quarantined", "PERMANENT_ERROR", "no printer"],
  ["odd", "quarantined", "RESOURCE_EXHAUSTED_ERROR", "no disk"],
  ["bug", "quarantined", "INTERNAL_ERROR", "TypeError: copies is not a function"],
  ["lie", "quarantined", "CONTRACT_VIOLATION", "print returned what it did not promise: printed: Invalid input"],
  [null, "failed", "INVALID_INPUT_ERROR", "print: copies: Invalid input"],
] as const)("a failure keeps its code and its words: %s", async (copies, status, code, message) => {
  await serve("sdk-2", [print]);
  const job = await engine.start("print", { copies });
  await engine.until(job, JOB_STATUS[status].code);
  expect(await eventOf(job, 10)).toMatchObject({ code, message: expect.stringContaining(message) });
});

test("progress shows, an event moves the job, and the task is told that it is over", async () => {
  const told: unknown[] = [];
  const hold = defineSkill({
    name: "hold",
    input: z.looseObject({}),
    events: { enough: z.object({ n: z.number() }) },
    async run(_input, { progress, event, signal }) {
      progress(0.25, "a quarter");
      await event("enough", { n: "x" as never }).catch((error: Error) => told.push(error.message));
      const seen = async () => (await engine.database.pool.query("select progress from tasks where progress > 0")).rows;
      await expect.poll(seen, { timeout: 60_000 }).toEqual([{ progress: 0.25 }]);
      told.push(await event("enough", { n: 1 }));
      await new Promise((resolve) => signal.addEventListener("abort", resolve, { once: true }));
      told.push(signal.reason.reason, await event("enough", { n: 2 }));
    },
  });
  const worker = await serve("sdk-3", [hold]);
  const job = await engine.start("hold");
  await engine.until(job, JOB_STATUS.finished.code);
  await expect.poll(() => worker.state().running, { timeout: 60_000 }).toBe(0);
  expect(told).toEqual([expect.stringMatching(/^event enough: n: Invalid/), true, "cancelled", false]);
});

test("a worker that stops lets its task finish, and takes no other", async () => {
  const begun = gate();
  const door = gate();
  const hold = defineSkill({
    name: "hold",
    input: z.looseObject({}),
    async run() {
      begun.open();
      await door.opened;
      return {};
    },
  });
  const worker = await serve("sdk-4", [hold], { concurrency: 1 });
  const job = await engine.start("hold");
  await begun.opened;
  const stopping = worker.stop(20_000);
  const next = await engine.start("hold");
  door.open();
  await stopping;
  await engine.until(job, JOB_STATUS.finished.code);
  expect(await eventOf(next, 9)).toBeUndefined();
  await serve("sdk-5", [defineSkill({ name: "hold", input: z.looseObject({}), run: () => ({}) })]);
  await engine.until(next, JOB_STATUS.finished.code);
});

test("a task that is given back runs elsewhere, without having used up its one attempt", async () => {
  const begun = gate();
  const stuck = defineSkill({
    name: "hold",
    input: z.looseObject({}),
    run: (_input, { signal }) => {
      begun.open();
      return new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
    },
  });
  const worker = await serve("sdk-6", [stuck]);
  const job = await engine.start("hold");
  await begun.opened;
  await worker.stop(0);
  await serve("sdk-7", [defineSkill({ name: "hold", input: z.looseObject({}), run: () => ({}) })]);
  await engine.until(job, JOB_STATUS.finished.code);
  expect(await eventOf(job, 9)).toMatchObject({ worker: "sdk-7" });
});

test("serves several orchestrators, and goes on when one of them is away", async () => {
  const away = { url: "http://127.0.0.1:9", token: "a-token", priority: 1 };
  const [first, second] = webs.map((web) => ({ url: origin(web), token: GLOBAL_TOKEN }));
  const orchestrators = [away, first, second].filter((one) => one !== undefined);
  const worker = await serve("sdk-8", [print], { orchestrators, mode: "all", polls: 2 });
  const jobs = await Promise.all([1, 2, 3, 4].map((copies) => engine.start("print", { copies })));
  for (const job of jobs) await engine.until(job, JOB_STATUS.finished.code);
  expect(worker.state().registered["127.0.0.1:9"]).toBe(false);
});

const elsewhere = (more: Record<string, string> = {}) => ({
  BATUTA_ORCHESTRATOR_URL: origin(webs[0]),
  WORKER_TOKEN: GLOBAL_TOKEN,
  WORKER_ID: "far-1",
  WORKER_HTTP_PORT: "0",
  LOG_LEVEL: "error",
  ...more,
});

function startFar(env: Record<string, string>, tasks: TaskSet, options?: RunOptions) {
  const config = readWorkerConfig(env);
  if (!config.remoteWorker) throw new Error("the configuration names no orchestrator");
  return startRemoteWorker(config, config.remoteWorker, tasks, options);
}

const square = () => taskSet(shippedTasks({ demo_square: demoSquare, publish_report: { run: publishReport } }));

test("the worker process serves an orchestrator elsewhere without a database", async () => {
  const far = await startFar(elsewhere(), square());
  await far.started;
  const ready = () => fetch(`http://127.0.0.1:${far.probes.port}/readyz`).then(({ status }) => status);
  try {
    expect(await ready()).toBe(200);
    const { rows } = await engine.database.pool.query("select skills from worker_sessions where worker = 'far-1'");
    expect(rows).toEqual([{ skills: ["demo_square"] }]);
    const job = await engine.start("square", { n: 12 });
    await engine.until(job, JOB_STATUS.finished.code);
    expect(await eventOf(job, 9)).toMatchObject({ worker: "far-1", r: { square: 144 } });
    const bad = await engine.start("square", { n: "x" });
    await engine.until(bad, JOB_STATUS.failed.code);
    expect(await eventOf(bad, 10)).toMatchObject({ code: "INVALID_INPUT_ERROR" });
  } finally {
    await far.stop();
  }
  expect(() => readWorkerConfig({ BATUTA_ORCHESTRATOR_URL: "https://b.example" })).toThrow(/WORKER_TOKEN is not set/);
  expect(() => readWorkerConfig({})).toThrow(/DATABASE_URL is not set/);
});

test("a task that is ended at its limit elsewhere is told in the words of the error table", async () => {
  const own = await isolatedTasks();
  const far = await startFar(elsewhere({ WORKER_ID: "far-2" }), taskSet(own.tasks));
  try {
    await far.started;
    // Its thread is up then: the limit counts from the hand-out.
    await engine.until(await engine.start("tells", { of: "a thread" }), JOB_STATUS.finished.code);
    const job = await engine.start("stuck");
    await engine.until(job, JOB_STATUS.quarantined.code);
    expect(await eventOf(job, 10)).toMatchObject({
      code: "TIMEOUT_ERROR",
      message: expect.stringMatching(/^The task ran longer than its limit of \d s, and was ended because/),
      details: { bridge: "TASK_TIMEOUT", phase: "hard", log: [expect.stringContaining("before the trap")] },
    });
  } finally {
    await far.stop();
    own.remove();
  }
});

test("a far worker with an allowance stops asking, and knows when nothing is left", async () => {
  const allowance = new TaskAllowance(2);
  const jobs = await Promise.all([1, 2, 3].map((n) => engine.start("square", { n })));
  const far = await startFar(elsewhere({ WORKER_ID: "far-3" }), square(), { allowance });
  await far.started;
  await expect
    .poll(() => allowance.isSpent && far.health(), { timeout: 60_000 })
    .toMatchObject({ running: 0, unreported: 0 });
  expect([await far.waitingTasks(), far.health().sessionId]).toEqual([null, "far-3"]);
  await far.stop();
  const next = await startFar(elsewhere({ WORKER_ID: "far-4" }), square());
  for (const job of jobs) await engine.until(job, JOB_STATUS.finished.code);
  await expect.poll(() => next.waitingTasks(), { timeout: 60_000 }).toBe(0);
  await next.stop();
});

test("who is refused is told which variable to mend; who finds nobody gives up in time, and can be stopped before", async () => {
  const refused = await startFar(elsewhere({ WORKER_TOKEN: "a-token-of-nobody" }), square());
  await expect(refused.started).rejects.toThrow(/WORKER_TOKEN, or the client certificate, is refused by http/);
  const nobody = elsewhere({ BATUTA_ORCHESTRATOR_URL: "http://127.0.0.1:9" });
  const late = await startFar(nobody, square(), { startDeadlineMs: 50 });
  await expect(late.started).rejects.toThrow(/BATUTA_ORCHESTRATOR_URL: nothing at http:\/\/127\.0\.0\.1:9/);
  const patient = await startFar(nobody, square());
  await Promise.all([refused.stop(), late.stop(), patient.stop()]);
  await patient.started;
});
