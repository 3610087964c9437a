import { afterAll, beforeAll, expect, test } from "vitest";
import { type ApiHost, type CallOptions, hostApi } from "@/test/http/api-host";
import { httpWorker } from "@/test/http/http-worker";

let api: ApiHost;
beforeAll(async () => {
  api = await hostApi();
  await api.put(order("order", "pack"));
  await api.put(order("frail", "pack_glass"));
});
afterAll(() => api?.stop());

function order(name: string, task_type: string) {
  return {
    name,
    input_schema: { type: "object", properties: { n: { type: "integer" } } },
    states: {
      count: { type: "set", start: true, values: { counted: "${initial_data.n}" }, to: "pack" },
      pack: {
        type: "task",
        task_type,
        params: { n: "${initial_data.n}" },
        transitions: { success: "wait", spare: "never" },
      },
      wait: { type: "wait", signal: "picked_up", to: "done" },
      never: { type: "set", values: { never: true }, to: "done" },
      done: { type: "end", outcome: "success" },
    },
  };
}

const verb = (id: string, word: string, body?: object, options?: CallOptions) =>
  api.call("POST", `/api/v1/jobs/${id}/${word}`, body, options);
const job = async (id: string) => (await api.call("GET", `/api/v1/jobs/${id}`)).body;
const kinds = async (id: string): Promise<string[]> =>
  (await api.call("GET", `/api/v1/jobs/${id}/history`)).body.map((event: { event_type: string }) => event.event_type);
const audited = async (id: string) =>
  (
    await api.deps.database.pool.query(
      "select action, reason, actor_kind, data from audit where target_id = $1 order by id",
      [id],
    )
  ).rows;

async function packed(n: number): Promise<string> {
  const id = await api.start("order", { n });
  await api.until(id, "waiting_for_worker");
  expect((await verb(id, "complete", { outcome: "success", data: { box: 1 } })).status).toBe(200);
  return id;
}

async function quarantined(n: number): Promise<string> {
  const id = await api.start("frail", { n });
  const worker = await httpWorker(api, "breaker", ["pack_glass"]);
  const task = await worker.next();
  expect(task.job_id).toBe(id);
  await worker.fail(task, "PERMANENT_ERROR", "the box is broken");
  await api.until(id, "quarantined");
  return id;
}

test("pause holds a job, resume lets it go on, each once, each with an event and an audit entry", async () => {
  const id = await api.start("order", { n: 1 });
  const paused = await verb(id, "pause", { reason: "stock is counted" });
  expect(paused.body).toMatchObject({ job_id: id, status: "paused", state: "pack" });
  const again = await verb(id, "pause");
  expect([again.status, again.body.error]).toEqual([409, "The job is paused already"]);
  expect(again.body.details).toMatchObject([{ status: "paused", state: "pack", version: paused.body.version }]);
  expect((await verb(id, "resume")).body).toMatchObject({ status: "waiting_for_worker" });
  expect([(await verb(id, "resume")).status]).toEqual([409]);
  expect((await kinds(id)).slice(-2)).toEqual(["job_paused", "job_resumed"]);
  expect(await audited(id)).toMatchObject([
    { action: "job.pause", reason: "stock is counted", actor_kind: "client" },
    { action: "job.resume", reason: null },
  ]);
});

test("a signal counts when the job waits for it by this name, and a refusal says what it waits for", async () => {
  const id = await packed(2);
  const other = await verb(id, "signals/delivered", {});
  expect([other.status, other.body.details[0].waits_for]).toEqual([409, "picked_up"]);
  expect((await verb(id, "signals/picked_up", { payload: { by: "Ana" } })).body.status).toBe("finished");
  expect((await job(id)).result).toMatchObject({ counted: 2, box: 1, wait: { by: "Ana" } });
  const late = await verb(id, "signals/picked_up");
  expect([late.status, late.body.error, late.body.details[0].status]).toEqual([
    409,
    "The job has already ended",
    "finished",
  ]);
  const working = await api.start("order", { n: 2 });
  expect((await verb(working, "signals/picked_up")).status).toBe(409);
});

test("a step is completed by hand with a word that leads out of it, and only with one", async () => {
  const id = await api.start("order", { n: 3 });
  const unknown = await verb(id, "complete", { outcome: "shipped" });
  expect([unknown.status, unknown.body.code, unknown.body.details[0].fix]).toEqual([
    400,
    "unknown_outcome",
    "Use one of success, spare",
  ]);
  expect((await verb(id, "complete", {})).status).toBe(400);
  const done = await verb(id, "complete", { outcome: "success", data: { box: 7 }, reason: "packed in the shop" });
  expect(done.body).toMatchObject({ status: "waiting", state: "wait" });
  expect((await api.call("GET", `/api/v1/jobs/${id}/tasks`)).body).toEqual([]);
  expect(await audited(id)).toMatchObject([{ action: "job.complete", data: { outcome: "success" } }]);
});

test("requeue takes data put right; data that break the schema are refused by field", async () => {
  const id = await quarantined(4);
  const broken = await verb(id, "requeue", { patch: { initial_data: { n: "four" } } });
  expect([broken.status, broken.body.code, broken.body.details[0].path]).toEqual([
    422,
    "invalid_data",
    "patch.initial_data.n",
  ]);
  expect((await verb(id, "requeue", { patch: { elsewhere: {} } })).status).toBe(400);
  const requeued = await verb(id, "requeue", {
    patch: { initial_data: { n: 5 }, state_history: { counted: null, glue: true } },
  });
  expect(requeued.body).toMatchObject({ status: "waiting_for_worker", state: "pack" });
  const worker = await httpWorker(api, "mender", ["pack_glass"]);
  const task = await worker.next();
  expect(task.params).toEqual({ n: 5 });
  await worker.succeed(task, {});
  await api.until(id, "waiting");
  await verb(id, "signals/picked_up");
  expect((await job(id)).result).toEqual({ glue: true });
  expect((await verb(id, "requeue")).status).toBe(409);
});

test("giving up ends a quarantined job, and only such a one", async () => {
  const id = await quarantined(5);
  expect((await verb(id, "give-up", { reason: "not worth it" })).body).toMatchObject({ status: "failed" });
  expect((await job(id)).error).toMatchObject({ code: "GIVEN_UP" });
  expect((await verb(id, "give-up")).status).toBe(409);
});

test("priority reaches the tasks that wait and are not handed out yet", async () => {
  const id = await api.start("order", { n: 6 });
  await verb(id, "pause");
  expect((await verb(id, "priority", { priority: 17 })).status).toBe(200);
  expect((await api.call("GET", `/api/v1/jobs/${id}/tasks`)).body).toMatchObject([{ status: "held", priority: 17 }]);
  expect(await job(id)).toMatchObject({ priority: 17, paused: { by: { kind: "client" }, reason: null } });
  for (const priority of [1001, -1001, "high", null])
    expect([priority, (await verb(id, "priority", { priority })).status]).toEqual([priority, 400]);
});

test("a fork begins in the state with the data of its last entry, put right; the job stays as it was", async () => {
  const id = await packed(7);
  const before = await job(id);
  const fork = await verb(id, "fork", { state: "pack", patch: { initial_data: { n: 8 } } });
  expect([fork.status, fork.headers.get("location")]).toEqual([201, `/api/v1/jobs/${fork.body.job_id}`]);
  const forked = await job(fork.body.job_id);
  expect(forked).toMatchObject({ status: "waiting_for_worker", state: "pack", input: { n: 8 } });
  expect(await job(id)).toMatchObject({ status: before.status, forks: [{ job_id: forked.id, state: "pack" }] });
  expect(forked.forked_from).toEqual({ job_id: id, seq: fork.body.forked_from.seq, state: "pack" });
  await verb(forked.id, "complete", { outcome: "success" });
  await verb(forked.id, "signals/picked_up");
  // Without `box`: that came after the entry.
  expect((await job(forked.id)).result).toEqual({ counted: 7 });
});

test("a fork of a state never entered needs to be told which data to take", async () => {
  const id = await packed(9);
  const { version } = await job(id);
  const unclear = await verb(id, "fork", { state: "never" });
  expect([unclear.status, unclear.body.details[0].path]).toEqual([400, "seq"]);
  const fork = await verb(id, "fork", { state: "never", seq: version });
  expect((await job(fork.body.job_id)).result).toEqual({ counted: 9, box: 1, never: true });
  expect((await verb(id, "fork", { state: "never", seq: version + 2 })).status).toBe(400);
  const unknown = await verb(id, "fork", { state: "nowhere" });
  expect([unknown.status, unknown.body.code, unknown.body.details[0].fix]).toEqual([
    400,
    "unknown_state",
    "Use one of count, pack, wait, never, done",
  ]);
  const broken = await verb(id, "fork", { state: "pack", patch: { initial_data: { n: 1.5 } } });
  expect([broken.status, broken.body.details[0].path]).toEqual([422, "patch.initial_data.n"]);
});

test("a job starts with the priority that it is given", async () => {
  const started = await api.call("POST", "/api/v1/jobs/order", { initial_data: { n: 1 }, priority: -3 });
  const id = started.body.job_id;
  expect((await api.call("GET", `/api/v1/jobs/${id}/tasks`)).body).toMatchObject([{ priority: -3 }]);
  const wrong = await api.call("POST", "/api/v1/jobs/order", { initial_data: { n: 1 }, priority: 1e4 });
  expect([wrong.status, wrong.body.details[0].path]).toEqual([400, "priority"]);
});

test("what belongs to somebody else is as absent as what is not there", async () => {
  const id = await packed(10);
  const token = await api.client("stranger");
  const bodies: Record<string, object> = {
    complete: { outcome: "success" },
    priority: { priority: 1 },
    fork: { state: "pack" },
  };
  for (const word of [
    "pause",
    "resume",
    "requeue",
    "give-up",
    "complete",
    "priority",
    "fork",
    "signals/picked_up",
    "cancel",
    "retry",
  ]) {
    const foreign = await verb(id, word, bodies[word] ?? {}, { token });
    const absent = await verb("019a2b3c-4d5e-7f60-8a7b-9c0d1e2f3a4b", word, bodies[word] ?? {}, { token });
    expect([word, foreign.status, foreign.body]).toEqual([word, 404, absent.body]);
  }
});
