import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { premiumSubscription } from "@/server/blueprints/premium-subscription";
import { type ApiHost, type Call, type CallOptions, CLIENT_TOKEN, hostApi } from "@/test/http/api-host";
import { type HttpWorker, httpWorker } from "@/test/http/http-worker";

const INSTANT = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;
const PROCESS_ID = /^proc_[0-9a-f]{32}$/;

let api: ApiHost;
let worker: HttpWorker;
beforeAll(async () => {
  api = await hostApi({ blueprints: [premiumSubscription] });
  worker = await httpWorker(api, "services", ["demo_send_email", "demo_register_service"]);
});
afterAll(() => api?.stop());

const ORDER = { process_type: "premium_subscription", user_id: "user_123" };

function start(body: object = ORDER, options: CallOptions = {}): Promise<Call> {
  return api.call("POST", "/api/process/", body, options);
}

function status(id: string, options: CallOptions = {}): Promise<Call> {
  return api.call("GET", `/process/${id}/status`, undefined, options);
}

/** The words of process and tasks, once they are these. */
async function untilWords(id: string, ...words: string[]): Promise<Call["body"]> {
  await expect.poll(async () => wordsOf((await status(id)).body)).toEqual(words);
  return (await status(id)).body;
}

function wordsOf(body: Call["body"]): string[] {
  return [body.status, ...body.tasks.map((task: { status: string }) => task.status)];
}

/** Every rule that holds for every answer, whatever happened. */
function expectWhole(body: Call["body"], id: string): void {
  expect(Object.keys(body)).toEqual(["process_id", "status", "tasks"]);
  expect(body.process_id).toBe(id);
  expect(body.tasks.map((task: { task_name: string }) => task.task_name)).toEqual([
    "validate_user",
    "send_email",
    "register_external_service",
  ]);
  for (const task of body.tasks) {
    expect(Object.keys(task)).toEqual(["task_name", "status", "started_at", "ended_at"]);
    for (const at of [task.started_at, task.ended_at]) if (at !== null) expect(at).toMatch(INSTANT);
    if (task.status === "pending") expect([task.started_at, task.ended_at]).toEqual([null, null]);
    if (task.status === "running") expect(task.ended_at).toBeNull();
    if (task.status === "success" || task.status === "running") expect(task.started_at).not.toBeNull();
    if (task.ended_at !== null && task.started_at !== null) expect(task.ended_at >= task.started_at).toBe(true);
  }
}

test("a process goes step by step from pending to success, in the original's JSON", async () => {
  const accepted = await start();
  expect(accepted.status).toBe(201);
  expect(Object.keys(accepted.body)).toEqual(["process_id", "status"]);
  expect(accepted.body).toEqual({ process_id: expect.stringMatching(PROCESS_ID), status: "pending" });
  const id = accepted.body.process_id;
  expect(accepted.headers.get("location")).toBe(`/process/${id}/status`);
  expectWhole(await untilWords(id, "running", "success", "pending", "pending"), id);

  const mail = await worker.next();
  expect(mail).toMatchObject({ type: "demo_send_email", params: { user_id: "user_123" } });
  expectWhole(await untilWords(id, "running", "success", "running", "pending"), id);
  await worker.succeed(mail, { message_id: "msg_1" });

  const registration = await worker.next();
  expect(registration.type).toBe("demo_register_service");
  await untilWords(id, "running", "success", "success", "running");
  await worker.succeed(registration, { subscription_id: "sub_1" });

  const done = await untilWords(id, "success", "success", "success", "success");
  expectWhole(done, id);
  const starts = done.tasks.map((task: { started_at: string }) => task.started_at);
  expect(starts).toEqual(starts.toSorted());
  for (const [index, task] of done.tasks.slice(1).entries())
    expect(task.started_at >= done.tasks[index].ended_at).toBe(true);
});

test("both paths of the status, and a start with and without the slash, say the same", async () => {
  const first = await api.call("POST", "/api/process", ORDER);
  expect(first.status).toBe(201);
  const id = first.body.process_id;
  const told = await Promise.all(
    [
      `/process/${id}/status`,
      `/process/${id}/status/`,
      `/api/process/${id}/status`,
      `/api/v1/process/${id}/status`,
    ].map((path) => api.call("GET", path)),
  );
  expect(told.map((answer) => answer.status)).toEqual([200, 200, 200, 200]);
  expect(new Set(told.map((answer) => JSON.stringify(answer.body))).size).toBe(1);
  await worker.succeed(await worker.next(), {});
  await worker.succeed(await worker.next(), {});
  await untilWords(id, "success", "success", "success", "success");
});

test("a service that fails twice is running all the while, and then succeeds", async () => {
  const id = (await start()).body.process_id;
  let began: string | undefined;
  for (const attempt of [1, 2]) {
    const mail = await worker.next();
    const running = await untilWords(id, "running", "success", "running", "pending");
    began ??= running.tasks[1].started_at;
    await worker.fail(mail, "TRANSIENT_ERROR", `no answer to attempt ${attempt}`);
    const waiting = (await status(id)).body;
    expectWhole(waiting, id);
    expect(wordsOf(waiting)).toEqual(["running", "success", "running", "pending"]);
    expect(waiting.tasks[1]).toMatchObject({ started_at: began, ended_at: null });
  }
  await worker.succeed(await worker.next(), { message_id: "msg_1" });
  await worker.succeed(await worker.next(), { subscription_id: "sub_1" });
  const done = await untilWords(id, "success", "success", "success", "success");
  expect(done.tasks[1].started_at).toBe(began);
});

test("a service that fails for good ends the process: failure, and what follows is never begun", async () => {
  const id = (await start()).body.process_id;
  await worker.fail(await worker.next(), "TRANSIENT_ERROR", "no answer");
  await worker.fail(await worker.next(), "PERMANENT_ERROR", "no such mailbox");
  const ended = await untilWords(id, "failure", "success", "failure", "pending");
  expectWhole(ended, id);
  expect(ended.tasks[1].started_at).not.toBeNull();
  expect(ended.tasks[1].ended_at).not.toBeNull();
});

test("a user who is turned away: the first task is what failed", async () => {
  const blank = await start({ ...ORDER, user_id: " \t " });
  const ended = await untilWords(blank.body.process_id, "failure", "failure", "pending", "pending");
  expectWhole(ended, blank.body.process_id);
  const asked = await start({ ...ORDER, simulate: { validate_user: { reject: true } } });
  await untilWords(asked.body.process_id, "failure", "failure", "pending", "pending");
});

test("a cancelled process is a failure, with the task that it stood at", async () => {
  const id = (await start()).body.process_id;
  const mail = await worker.next();
  await untilWords(id, "running", "success", "running", "pending");
  expect((await api.call("POST", `/api/v1/jobs/${mail.job_id}/cancel`, {})).status).toBe(200);
  expectWhole(await untilWords(id, "failure", "success", "failure", "pending"), id);
});

test("a process is a job: of its blueprint, with its user as a label", async () => {
  const id = (await start({ ...ORDER, user_id: "somebody else" })).body.process_id;
  const mail = await worker.next();
  const listed = await api.call("GET", "/api/v1/jobs?blueprint=premium_subscription&label.user_id=somebody%20else");
  expect(listed.body).toMatchObject([{ id: mail.job_id, status: "waiting_for_worker" }]);
  const found = await api.call("GET", `/api/v1/jobs?q=${id}`);
  expect(found.body.map((job: { id: string }) => job.id)).toEqual([mail.job_id]);
  expect((await api.call("GET", `/api/v1/jobs/${mail.job_id}`)).body.process_id).toBe(id);
  await worker.fail(mail, "PERMANENT_ERROR", "enough");
});

test.each([
  "__proto__",
  "constructor",
  "${initial_data.user_id}",
  "'; drop table jobs; --",
  "<script>alert(1)</script>",
  'line\n{"level":"fatal"}',
  "a\u0000b",
  "\ud800",
  `\u202e${"x".repeat(199)}`,
])("a user_id is free text: %j", async (userId) => {
  const accepted = await start({ ...ORDER, user_id: userId });
  expect([201, 400]).toContain(accepted.status);
  if (accepted.status === 400) return expect(accepted.body.error).toContain("user_id");
  expectWhole((await status(accepted.body.process_id)).body, accepted.body.process_id);
  const found = await api.call("GET", `/api/v1/jobs?q=${accepted.body.process_id}`);
  const { job_id: job } = found.body[0];
  const detail = await api.call("GET", `/api/v1/jobs/${job}`);
  expect(detail.body.input.user_id).toBe(userId);
  expect((await api.call("POST", `/api/v1/jobs/${job}/cancel`, {})).status).toBe(200);
});

test.each(["__proto__", "constructor", "toString", "../jobs", "a\u0000b", ""])(
  "%j is no process type",
  async (type) => {
    const refused = await start({ ...ORDER, process_type: type });
    expect(refused.status).toBe(400);
    expect(refused.body.error).toContain("process_type");
  },
);

test("a job that was started as such has no process id, and cannot be asked for as a process", async () => {
  const jobId = await api.start("premium_subscription", { user_id: "u" });
  const stored = await api.deps.database.pool.query("select process_id from jobs where id = $1", [jobId]);
  expect(stored.rows).toEqual([{ process_id: null }]);
  expect((await status(jobId)).status).toBe(404);
  expect((await status(`proc_${jobId.replaceAll("-", "")}`)).status).toBe(404);
  await worker.fail(await worker.next(), "PERMANENT_ERROR", "enough");
});

test("one key is one process, whoever asks at the same time, and another body is refused", async () => {
  const key = { headers: { "idempotency-key": "order-17" } };
  const answers = await Promise.all(Array.from({ length: 8 }, () => start(ORDER, key)));
  expect(answers.map((answer) => answer.status)).toEqual(Array(8).fill(201));
  const [first] = answers;
  expect(new Set(answers.map((answer) => answer.body.process_id)).size).toBe(1);
  expect(answers.filter((answer) => answer.headers.get("idempotency-replayed") === "true")).toHaveLength(7);
  const id = first?.body.process_id;
  const rows = await api.deps.database.pool.query("select count(*)::int as n from jobs where process_id = $1", [id]);
  expect(rows.rows).toEqual([{ n: 1 }]);
  expect((await status(id)).status).toBe(200);
  const other = await start({ ...ORDER, user_id: "user_124" }, key);
  expect([other.status, other.body.code]).toEqual([422, "idempotency_conflict"]);

  await worker.fail(await worker.next(), "PERMANENT_ERROR", "enough");
  const asJob = { headers: { "idempotency-key": "order-18" } };
  await api.start("premium_subscription", { user_id: "user_123" }, asJob);
  const crossed = await start(ORDER, asJob);
  expect([crossed.status, crossed.body.code]).toEqual([422, "idempotency_conflict"]);
  await worker.fail(await worker.next(), "PERMANENT_ERROR", "enough");
});

test("the same state is answered once: ETag, then 304 until something changes", async () => {
  const id = (await start()).body.process_id;
  const mail = await worker.next();
  await untilWords(id, "running", "success", "running", "pending");
  const first = await status(id);
  const etag = first.headers.get("etag") ?? "";
  expect(etag).toMatch(/^"[^"]+"$/);
  for (const tag of [etag, `W/${etag}`, `"other", ${etag}`, "*"]) {
    const again = await status(id, { headers: { "if-none-match": tag } });
    expect([tag, again.status, again.body, again.headers.get("etag")]).toEqual([tag, 304, "", etag]);
  }
  expect((await status(id, { headers: { "if-none-match": '"p1-999999", nonsense' } })).status).toBe(200);
  await worker.fail(mail, "PERMANENT_ERROR", "enough");
  await untilWords(id, "failure", "success", "failure", "pending");
  const changed = await status(id, { headers: { "if-none-match": etag } });
  expect(changed.status).toBe(200);
  expect(changed.headers.get("etag")).not.toBe(etag);
});

test.each([
  ["an empty body", "", /Invalid JSON body/],
  ["no JSON", "{nope", /JSON/],
  ["no object", "[1]", /object|expected/i],
  ["no type", { user_id: "u" }, /process_type: is missing/],
  ["no user", { process_type: "premium_subscription" }, /user_id: is missing/],
  ["an empty user", { ...ORDER, user_id: "" }, /user_id: is empty/],
  ["a user that is no text", { ...ORDER, user_id: 7 }, /user_id: must be a text/],
  ["a user without end", { ...ORDER, user_id: "x".repeat(201) }, /user_id: is longer than 200/],
  ["a NUL in the user", { ...ORDER, user_id: "a\u0000b" }, /user_id|NUL/],
  ["an unknown type", { ...ORDER, process_type: "premium" }, /'premium' is no process type; there are: premium_subscr/],
  ["a hostile type", { ...ORDER, process_type: "../../etc/passwd" }, /is no process type/],
  ["a member that the blueprint does not take", { ...ORDER, plan: "gold" }, /plan/],
  [
    "a setting out of bounds",
    { ...ORDER, simulate: { send_email: { delay_ms: 60_001 } } },
    /simulate\.send_email\.delay_ms/,
  ],
])("a start with %s is refused in one readable text", async (_what, body, text) => {
  const refused = await start(body as object);
  expect(refused.status).toBe(400);
  expect(refused.body).toMatchObject({ error: expect.stringMatching(text), code: expect.any(String) });
});

test.each([
  "proc_",
  "proc_abcd1234",
  `proc_${"0".repeat(32)}`,
  `PROC_${"0".repeat(32)}`,
  "%00",
  "..%2f..",
  "x".repeat(500),
])("an id that is none, %s, is not found", async (id) => {
  const refused = await status(id);
  expect([refused.status, refused.body]).toEqual([
    404,
    { error: expect.stringMatching(/not found|nothing/), code: "not_found" },
  ]);
});

test.each([
  "\u202euser",
  "'; drop table jobs; --",
  "<script>alert(1)</script>",
  "${initial_data}",
  "👩‍🚀".repeat(10),
  "a\nb",
])("whatever a user_id says, %j, reaches the task as it was", async (userId) => {
  const id = (await start({ ...ORDER, user_id: userId })).body.process_id;
  const mail = await worker.next();
  expect(mail.params.user_id).toBe(userId);
  await worker.fail(mail, "PERMANENT_ERROR", "enough");
  await untilWords(id, "failure", "success", "failure", "pending");
});

test("a quarantined process is running until an operator ends it", async () => {
  const made = await api.call("PUT", "/api/v1/blueprints/fragile", {
    name: "fragile",
    input_schema: { type: "object", properties: { user_id: { type: "string" } } },
    states: {
      work: { type: "task", start: true, task_type: "demo_send_email", transitions: { success: "done" } },
      done: { type: "end", outcome: "success" },
    },
  });
  expect(made.status).toBeLessThan(300);
  const id = (await start({ process_type: "fragile", user_id: "u" })).body.process_id;
  const task = await worker.next();
  await worker.fail(task, "PERMANENT_ERROR", "broken");
  await api.until(task.job_id, "quarantined");
  expect(wordsOf((await status(id)).body)).toEqual(["running", "running"]);
  const cookie = await api.signIn();
  expect((await api.call("POST", `/api/v1/jobs/${task.job_id}/retry`, {}, { cookie })).status).toBe(200);
  await worker.succeed(await worker.next(), {});
  await untilWords(id, "success", "success");
});

test("the commands of docs/process-api.md do what it says", async () => {
  const page = readFileSync(join(import.meta.dirname, "../../docs/process-api.md"), "utf8");
  const commands = [...page.matchAll(/^```sh\n(curl[\s\S]*?)^```/gm)].map(([, command]) => command ?? "");
  expect(commands).toHaveLength(3);
  const [plain = "", follow = "", simulated = ""] = commands;
  const run = async (command: string, more: Record<string, string> = {}) => {
    const env = { ...process.env, BATUTA: await api.listen(), TOKEN: CLIENT_TOKEN, ...more };
    const { stdout } = await promisify(execFile)("sh", ["-c", command.replaceAll("curl ", "curl -s ")], { env });
    return JSON.parse(stdout);
  };
  const { process_id: id, status: word } = await run(plain);
  expect([id, word]).toEqual([expect.stringMatching(PROCESS_ID), "pending"]);
  expectWhole(await run(follow, { PROCESS_ID: id }), id);
  const mail = await worker.next();
  expect(mail.params).toEqual({ user_id: "user_123", simulate: {} });
  await worker.fail(mail, "PERMANENT_ERROR", "enough");

  expect((await run(simulated)).process_id).toMatch(PROCESS_ID);
  const failing = await worker.next();
  expect(failing.params.simulate).toEqual({ fail_times: 2 });
  await worker.fail(failing, "PERMANENT_ERROR", "enough");
  // What its tables show.
  const shown = JSON.parse(/^```json\n(\{\n {2}"error"[\s\S]*?)^```/m.exec(page)?.[1] ?? "{}");
  const { user_id: _, ...withoutUser } = ORDER;
  expect((await start(withoutUser)).body).toEqual(shown);
});
