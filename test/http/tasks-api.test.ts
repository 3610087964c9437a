import { afterAll, beforeAll, expect, test } from "vitest";
import { SHIPPED_TASKS } from "@/server/jobs/shipped-tasks";
import { type ApiHost, CLIENT_TOKEN, hostApi } from "@/test/http/api-host";
import { type HttpWorker, httpWorker } from "@/test/http/http-worker";

let api: ApiHost;
let worker: HttpWorker;
beforeAll(async () => {
  api = await hostApi();
  worker = await httpWorker(api, "packer-1", ["pack", "weigh", "stamp"]);
});
afterAll(() => api?.stop());

const enqueue = (task: string, body?: object, headers: Record<string, string> = {}, token: string = CLIENT_TOKEN) =>
  api.call("POST", `/api/v1/tasks/${task}`, body, { headers, token });

test("a task is a job like any other: history, labels, metadata, priority, and its result", async () => {
  const made = await enqueue("pack", {
    input: { boxes: 3 },
    labels: { customer: "acme", task: "not this" },
    metadata: { order: 17 },
    priority: 5,
  });
  expect(made).toMatchObject({ status: 202, body: { status: "accepted", job_id: expect.any(String) } });
  expect(made.headers.get("location")).toBe(`/api/v1/jobs/${made.body.job_id}`);
  const task = await worker.next();
  expect(task).toMatchObject({ type: "pack", params: { boxes: 3 }, metadata: { order: 17 } });
  await worker.succeed(task, { weight: 12 });
  const job = await api.until(made.body.job_id, "finished");
  expect(job).toMatchObject({
    blueprint_name: "single_task",
    labels: { task: "pack", customer: "acme" },
    result: { weight: 12 },
    priority: 5,
  });
  const found = await api.call("GET", "/api/v1/jobs?label.task=pack&label.customer=acme");
  expect(found.body.map((row: { job_id: string }) => row.job_id)).toEqual([job.id]);
  const graph = await api.call("GET", `/api/v1/jobs/${job.id}/graph`);
  expect(Object.keys(graph.body.document.states)).toEqual(["run", "done", "failed"]);
});

test("Prefer: wait gives the end when it comes in time, and else the job", async () => {
  const answer = enqueue("weigh", { input: { box: 1 } }, { prefer: "respond-async, wait=20" });
  const task = await worker.next();
  await worker.succeed(task, { grams: 300 });
  const ended = await answer;
  expect(ended).toMatchObject({
    status: 200,
    body: { status: "finished", job_id: task.job_id, outcome: "success", data: { grams: 300 }, error: null },
  });
  expect(ended.headers.get("preference-applied")).toBe("wait=20");
  const over = await enqueue("weigh", {}, { prefer: "wait=0" });
  expect(over).toMatchObject({ status: 202, body: { status: "accepted" } });
  await worker.succeed(await worker.next(), {});
});

test("a failure that is the input's fault fails the job at once; others go to quarantine, or end it when that is asked for", async () => {
  const bad = enqueue("stamp", { input: { value: "x" }, retry: { max_attempts: 5 } }, { prefer: "wait=20" });
  await worker.fail(await worker.next(), "INVALID_INPUT_ERROR", "value: must be a number");
  expect((await bad).body).toMatchObject({
    status: "failed",
    outcome: "failure",
    error: { code: "INVALID_INPUT_ERROR", message: "value: must be a number" },
  });
  const attempts = await api.call("GET", `/api/v1/jobs/${(await bad).body.job_id}/history`);
  expect(attempts.body.filter((one: { event_type: string }) => one.event_type === "task_failed")).toHaveLength(1);
  const broken = enqueue("stamp", {}, { prefer: "wait=20" });
  await worker.fail(await worker.next(), "PERMANENT_ERROR", "no ink");
  expect((await broken).body).toMatchObject({ status: "quarantined", error: { code: "PERMANENT_ERROR" } });
  const ended = enqueue("stamp", { on_failure: "end" }, { prefer: "wait=20" });
  await worker.fail(await worker.next(), "PERMANENT_ERROR", "no ink");
  expect((await ended).body).toMatchObject({ status: "failed", error: { code: "PERMANENT_ERROR", message: "no ink" } });
});

test("retries are as asked for, and a job is cancelled as any", async () => {
  const made = await enqueue("pack", { retry: { max_attempts: 2, base_ms: 0 }, timeout_seconds: 60 });
  await worker.fail(await worker.next(), "TRANSIENT_ERROR", "the belt stopped");
  const again = await worker.next();
  expect(again.job_id).toBe(made.body.job_id);
  await worker.fail(again, "TRANSIENT_ERROR", "the belt stopped");
  await api.until(made.body.job_id, "quarantined");
  const other = await enqueue("nobody_yet", {}, {}).catch((error: unknown) => error);
  expect(other).toMatchObject({ status: 422, body: { code: "unknown_task" } });
  const parked = await api.call("POST", "/api/v1/tasks/nobody_yet?park=true", {});
  expect(parked.status).toBe(202);
  expect((await api.call("POST", `/api/v1/jobs/${parked.body.job_id}/cancel`)).status).toBe(200);
  expect((await api.until(parked.body.job_id, "cancelled")).status).toBe("cancelled");
});

test("the same key gives the same job, and is another request's with another input", async () => {
  const first = await enqueue("pack", { input: { n: 1 } }, { "idempotency-key": "order-1" });
  const same = await enqueue("pack", { input: { n: 1 } }, { "idempotency-key": "order-1" });
  expect(same.body.job_id).toBe(first.body.job_id);
  expect(same.headers.get("idempotency-replayed")).toBe("true");
  const other = await enqueue("pack", { input: { n: 2 } }, { "idempotency-key": "order-1" });
  expect(other).toMatchObject({ status: 422, body: { code: "idempotency_conflict" } });
  const another = await enqueue("weigh", { input: { n: 1 } }, { "idempotency-key": "order-1" });
  expect(another).toMatchObject({ status: 422, body: { code: "idempotency_conflict" } });
  await worker.succeed(await worker.next(), {});
});

test("what is wrong is named, and nothing is made", async () => {
  const slip = await enqueue("demo_ecko", {});
  expect(slip).toMatchObject({ status: 422, body: { code: "unknown_task" } });
  expect(slip.body.error).toContain("did you mean demo_echo?");
  expect(slip.body.details[0].message).toContain("pack");
  for (const [body, path] of [
    [{ inputs: {} }, "inputs"],
    [{ input: [] }, "input"],
    [{ timeout_seconds: 0 }, "timeout_seconds"],
    [{ retry: { max_attempts: 0 } }, "retry.max_attempts"],
    [{ labels: { a: 1 } }, "labels.a"],
    [{ dispatch: { strategy: "fastest" } }, "dispatch.strategy"],
  ] as const) {
    const refused = await enqueue("pack", body);
    expect([refused.status, JSON.stringify(refused.body)]).toEqual([400, expect.stringContaining(path)]);
  }
  expect((await enqueue("a.b", {})).body).toMatchObject({ code: "invalid_request" });
  expect((await api.call("POST", "/api/v1/tasks/pack?park=perhaps", {})).status).toBe(400);
  const reader = await api.client("reader-only", []);
  expect((await enqueue("pack", {}, {}, reader)).status).toBe(403);
});

test("tasks that ship are known although nobody serves them now, and the job is its starter's alone", async () => {
  expect(Object.keys(SHIPPED_TASKS)).toContain("demo_echo");
  const token = await api.client("shop");
  const made = await enqueue("demo_echo", { input: { text: "hi" } }, {}, token);
  expect(made.status).toBe(202);
  expect((await api.call("GET", `/api/v1/jobs/${made.body.job_id}`, undefined, { token })).status).toBe(200);
  expect((await api.call("GET", `/api/v1/jobs/${made.body.job_id}`)).status).toBe(404);
  const direct = await api.call("POST", "/api/v1/jobs/single_task", { initial_data: { task: "pack" } }, { token });
  expect(direct.status).toBe(404);
});
