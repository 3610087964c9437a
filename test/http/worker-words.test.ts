import { afterAll, beforeAll, expect, test } from "vitest";
import { type ApiHost, hostApi } from "@/test/http/api-host";
import { type HttpWorker, httpWorker } from "@/test/http/http-worker";

const done = { type: "end", outcome: "success" };
const looked = { type: "end", outcome: "success", result: "${state_history}" };
const task = (name: string, state: object, ends: object = { done }) => ({
  name,
  states: { work: { type: "task", start: true, transitions: { success: "done" }, ...state }, ...ends },
});

let api: ApiHost;
let worker: HttpWorker;
beforeAll(async () => {
  api = await hostApi();
  await api.put(task("slow_line", { task_type: "line", retry: { max_attempts: 3, base_ms: 1, jitter: false } }));
  await api.put(task("watched", { task_type: "film", on_event: { low_quality: "looked" } }, { done, looked }));
  await api.put(task("promised", { task_type: "promise" }));
  await api.put(
    task("doubly", {
      task_type: "promise",
      output_schema: { type: "object", required: ["mine"] },
    }),
  );
  await api.put(task("rough", { task_type: "rough" }));
  worker = await httpWorker(api, "w1", [
    "line",
    "rough",
    { name: "film", events_schema: { low_quality: { type: "object", required: ["score"] } } },
    { name: "promise", output_schema: { type: "object", required: ["sum"], properties: { sum: { type: "number" } } } },
  ]);
});
afterAll(() => api?.stop());

const history = async (id: string, kind: string) =>
  (await api.call("GET", `/api/v1/jobs/${id}/history`)).body
    .filter((event: { event_type: string }) => event.event_type === kind)
    .map((event: { data: object }) => event.data);
let events = 0;
const tell = (given: { task_id: string; job_id: string }, event_type: string, payload: unknown, by = "w1") =>
  worker.post("/events", {
    event_id: `event ${++events}`,
    worker_id: by,
    origin_worker_id: by,
    event_type,
    payload,
    target_job_id: given.job_id,
    target_task_id: given.task_id,
  } as object);

test.each([
  ["beside the error", { retry_after: 90 }, {}],
  ["in the error", {}, { retry_after: "90" }],
  ["in its details", {}, { details: { retry_after: 90 } }],
])("a worker that asks for time %s is not asked again before", async (_where, beside, inside) => {
  const id = await api.start("slow_line");
  const given = await worker.next();
  const error = { code: "RESOURCE_EXHAUSTED_ERROR", message: "slow down", ...inside };
  await worker.answer(given, { status: "failure", error, ...beside });
  await api.until(id, "awaiting_retry");
  expect(await history(id, "task_retry_set")).toMatchObject([{ attempt: 2, due_ms: 90_000 }]);
  // On a busy machine it would come due in the middle of the other tests.
  expect((await api.call("POST", `/api/v1/jobs/${id}/cancel`, {})).status).toBeLessThan(300);
});

test.each([["soon"], [-5], [null], [{}], [1e300], ["1e400"]])(
  "%j is no time to wait: the blueprint's own counts",
  async (retry_after) => {
    const id = await api.start("slow_line");
    await worker.fail(await worker.next(), "TRANSIENT_ERROR", "no line", { retry_after });
    await expect.poll(() => history(id, "task_retry_set"), { timeout: 60_000 }).toMatchObject([{ due_ms: 1 }]);
    await worker.succeed(await worker.next(), {});
    await api.until(id, "finished");
  },
);

test("an event that the state declares moves the job; the task's later result counts no more", async () => {
  const id = await api.start("watched");
  const given = await worker.next();
  expect((await tell(given, "noted", { frame: 7 })).body).toEqual({ status: "event_accepted" });
  expect((await api.call("GET", `/api/v1/jobs/${id}`)).body.state).toBe("work");
  expect((await tell(given, "low_quality", { score: 0.2 })).body).toEqual({ status: "event_accepted" });
  const job = await api.until(id, "finished");
  expect([job.state, job.result]).toEqual(["looked", { score: 0.2 }]);
  expect(await history(id, "worker_event")).toMatchObject([
    { event_type: "noted", payload: { frame: 7 }, worker: "w1" },
    { event_type: "low_quality", payload: { score: 0.2 } },
  ]);
  expect((await worker.succeed(given, {})).body).toMatchObject({ status: "ignored" });
  expect((await tell(given, "low_quality", { score: 1 })).body.code).toBe("STALE_TASK");
});

test("an event that is sent again counts once, also when the task is over by then", async () => {
  const id = await api.start("watched");
  const given = await worker.next();
  const event = {
    event_id: "once",
    worker_id: "w1",
    event_type: "low_quality",
    payload: { score: 0.1 },
    target_task_id: given.task_id,
  };
  const answers = [await worker.post("/events", event), await worker.post("/events", event)];
  expect(answers.map(({ body }) => body)).toEqual([{ status: "event_accepted" }, { status: "event_accepted" }]);
  await api.until(id, "finished");
  expect(await history(id, "worker_event")).toHaveLength(1);
});

test("only the worker that has the task is heard, and only with what it promised", async () => {
  const id = await api.start("watched");
  const given = await worker.next();
  const thief = await httpWorker(api, "thief", ["film"]);
  const stolen = await thief.post("/events", {
    worker_id: "thief",
    event_type: "low_quality",
    payload: { score: 1 },
    target_task_id: given.task_id,
  });
  expect(stolen.body.code).toBe("STALE_TASK");
  expect((await tell(given, "low_quality", { score: 1 }, "thief")).status).toBe(403);
  for (const payload of [{}, [], "text", { deep: JSON.parse(`${"[".repeat(80)}${"]".repeat(80)}`) }])
    expect((await tell(given, "low_quality", payload)).body.code).toBe("CONTRACT_VIOLATION_ERROR");
  for (const type of ["", "no spaces", 7, null, "a".repeat(200)])
    expect([type, (await tell(given, type as string, {})).status]).toEqual([type, 400]);
  expect((await tell({ ...given, task_id: "no such" }, "noted", {})).status).toBe(400);
  expect(await history(id, "worker_event")).toEqual([]);
  const many = await tell(given, "noted", { text: "a\u0000b\ud800" });
  expect(many.body.status).toBe("event_accepted");
  expect(await history(id, "worker_event")).toMatchObject([{ payload: { text: "a\ufffdb\ufffd" } }]);
  await worker.succeed(given, {});
  await api.until(id, "finished");
});

test("a result that breaks the worker's own schema is a broken contract; the blueprint's schema is looked at first", async () => {
  const broken = await api.start("promised");
  await worker.succeed(await worker.next(), { sum: "seven" });
  const job = await api.until(broken, "quarantined");
  expect(job.error).toMatchObject({ code: "CONTRACT_VIOLATION" });
  expect(job.error.message).toMatch(/worker's own contract: .*sum/);
  const both = await api.start("doubly");
  await worker.succeed(await worker.next(), { sum: "seven" });
  expect((await api.until(both, "quarantined")).error.message).toMatch(/output_schema: .*mine/);
  const good = await api.start("promised");
  await worker.succeed(await worker.next(), { sum: 7 });
  await api.until(good, "finished");
});

test("a schema that is none is said to be none, and binds nobody", async () => {
  const options = { token: null, headers: { "x-worker-token": "worker-token-of-the-tests-1234567890" } };
  const answer = await api.call(
    "POST",
    "/_worker/workers/register",
    {
      worker_id: "odd",
      supported_skills: [{ name: "odd", output_schema: { type: "nonsense" }, events_schema: { said: 7 } }],
    },
    options,
  );
  expect(answer.status).toBe(200);
  expect(answer.body.warning).toMatch(/supported_skills\[0\]\.output_schema is not looked at/);
  expect(answer.body.warning).toMatch(/supported_skills\[0\]\.events_schema\.said is not a JSON Schema/);
});

const deep = (levels: number) => `${'{"a":'.repeat(levels)}1${"}".repeat(levels)}`;

/** What a broken worker may send as its result, as the text of the member `data` (or all beside the task's id). */
const odd: [name: string, members: string, status: string][] = [
  ["NUL and half a character", '"data":{"text":"a\\u0000b\\ud800"}', "finished"],
  ["a number beyond all bounds", '"data":{"n":1e400}', "quarantined"],
  ["deep nesting", `"data":${deep(100)}`, "quarantined"],
  ["a prototype key", '"data":{"__proto__":{"admin":true}}', "quarantined"],
  ["a list", '"data":[1,2]', "finished"],
  ["a text", '"data":"done"', "finished"],
  ["no data", '"status":"success"', "finished"],
  ["3 MB of data", `"data":{"text":"${"x".repeat(3_000_000)}"}`, "quarantined"],
  [
    "an error that is a deep list",
    `"status":"failure","error":${"[".repeat(20_000)}${"]".repeat(20_000)}`,
    "waiting_for_worker",
  ],
  ["an error of odd members", '"error":{"code":7,"message":{"a":1},"details":1e400}', "waiting_for_worker"],
];

test.each(odd)("a result with %s is recorded, and strands nothing", async (_name, members, status) => {
  const id = await api.start("rough");
  const given = await worker.next();
  const answer = await worker.post("/tasks/result", `{"worker_id":"w1","task_id":"${given.task_id}",${members}}`);
  expect([answer.status, answer.body.status]).toEqual([200, "accepted"]);
  if (status !== "waiting_for_worker") {
    await api.until(id, status);
    return;
  }
  // It is tried again: the failure counted as one.
  const again = await worker.next();
  expect([again.job_id, again.metadata.attempt]).toEqual([id, 2]);
  await worker.succeed(again, {});
  await api.until(id, "finished");
});

test.each([
  ["task_id", { task_id: "nonsense" }],
  ["task_id", { task_id: 7 }],
  ["status", { status: ["success"] }],
  ["status", { status: "a".repeat(200) }],
  ["job_id", { job_id: "another" }],
])("a result whose %s is broken is refused by its name, and the task can still be answered", async (field, members) => {
  const id = await api.start("rough");
  const given = await worker.next();
  const refused = await worker.answer(given, members);
  expect([refused.status, refused.body.details?.[0].path]).toEqual([400, field]);
  await worker.succeed(given, {});
  await api.until(id, "finished");
});
