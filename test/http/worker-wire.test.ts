import { createHmac } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { BlueprintDocument } from "@/lib/blueprint/document";
import { errorAnswer } from "@/server/http/answer-error";
import { parseLossless } from "@/server/http/worker-protocol/lossless-json";
import { signatureOf } from "@/server/http/worker-protocol/signature";
import { EngineBusyError } from "@/server/turn/engine-busy";
import { type ApiHost, type Call, hostApi, WORKER_TOKEN } from "@/test/http/api-host";

const SECRET = "orchestrator-secret-of-the-tests";

let api: ApiHost;

const work = (name: string, more: object = {}): BlueprintDocument => ({
  name,
  states: {
    work: { type: "task", start: true, task_type: name, params: { n: 1 }, transitions: { success: "done" }, ...more },
    done: { type: "end", outcome: "success" },
  },
});

beforeAll(async () => {
  api = await hostApi({
    environment: { ORCHESTRATOR_SECRET_KEY: SECRET, WORKER_POLL_TIMEOUT_SECONDS: "5" },
  });
  for (const name of ["echo", "again", "late", "errors", "told", "picky"]) await api.put(work(name));
  await api.put(work("timed", { timeout_seconds: 1, retry: { max_attempts: 1 } }));
});
afterAll(() => api?.stop());

const options = (worker: string, headers: Record<string, string> = {}) => ({
  token: null,
  headers: { "x-worker-token": WORKER_TOKEN, "x-worker-id": worker, "x-rxon-version": "1.0b14", ...headers },
});
const call = (worker: string, method: string, path: string, body?: unknown, headers?: Record<string, string>) =>
  api.call(method, `/_worker${path}`, body, options(worker, headers));
const register = (worker: string, skills: unknown[], more: object = {}) =>
  call(worker, "POST", "/workers/register", { worker_id: worker, supported_skills: skills, ...more });
const next = (worker: string, query = "timeout=5") => call(worker, "GET", `/workers/${worker}/tasks/next?${query}`);
const beat = (worker: string, body?: object) =>
  call(worker, "PATCH", `/workers/${worker}`, body && { worker_id: worker, status: "idle", ...body });
const result = (worker: string, task: Call["body"], more: object = {}) =>
  call(worker, "POST", "/tasks/result", { job_id: task.job_id, task_id: task.task_id, worker_id: worker, ...more });

/** A registered worker with a task in hand. */
async function inHand(worker: string, skill: string): Promise<Call["body"]> {
  await register(worker, [{ name: skill }]);
  await api.start(skill);
  const { status, body } = await next(worker);
  expect(status).toBe(200);
  return body;
}

async function figure(line: RegExp): Promise<number> {
  const { body } = await api.call("GET", "/_public/metrics", undefined, { token: null });
  return Number(line.exec(body)?.[1] ?? 0);
}

describe("POST /_worker/workers/register", () => {
  test("WorkerRegistration with every field: worker_type, supported_skills, available_skills, hot_skills, resources, installed_software, installed_artifacts, capabilities, skills_hash, security, metadata, timestamp", async () => {
    const answer = await register(
      "full-1",
      [
        {
          name: "echo",
          type: "text",
          description: "Says it again",
          version: "1.2.0",
          input_schema: { type: "object" },
          output_schema: { type: "object" },
          events_schema: { half: { type: "object" } },
          output_statuses: ["success", "empty"],
          schema_dialect: "json-schema",
          properties: { fast: true },
        },
      ],
      {
        worker_type: "generic",
        available_skills: ["echo"],
        hot_skills: ["echo"],
        resources: {
          devices: [{ type: "gpu", model: "A1", id: "0", properties: { vram_gb: 8 }, metrics: {} }],
          properties: { cpu_cores: 4, ram_gb: 16 },
        },
        installed_software: { python: "3.12" },
        installed_artifacts: [{ name: "model", version: "2", type: "weights", properties: {} }],
        capabilities: {
          hostname: "h1",
          ip_address: "10.0.0.1",
          cost_per_skill: { echo: 0.5 },
          s3_config_hash: "0123456789abcdef",
          extra: { websockets: true },
        },
        skills_hash: "hash-1",
        security: { identity_chain: [], metadata: {} },
        metadata: { zone: "a" },
        timestamp: Math.floor(Date.now() / 1000),
      },
    );
    expect(answer).toMatchObject({ status: 200, body: { status: "registered", version: "1.0b16" } });
    expect(answer.body.warning).toContain("1.0b14");
    expect(answer.headers.get("x-rxon-version")).toBe("1.0b16");
  });

  test("old shapes: supported_tasks, free capabilities, hot_skills as objects, flat resources", async () => {
    const body = {
      worker_id: "old-1",
      supported_tasks: ["echo", { name: "again" }, { type: "late" }],
      capabilities: { gpu: true, websockets: false, cost_per_second: 0.1 },
      hot_skills: [{ name: "echo" }],
      resources: { cpu_cores: 4, ram_gb: 8, gpu_info: { model: "A1", vram_gb: 8 } },
    };
    expect((await call("old-1", "POST", "/workers/register", body)).status).toBe(200);
  });

  test("400 for a bad name and for what cannot be read, 403 for another's name, 405 or 404 for GET", async () => {
    expect((await register("full-2", [{ name: "no good" }])).status).toBe(400);
    expect((await call("full-2", "POST", "/workers/register", { worker_id: "a b" })).status).toBe(400);
    const foreign = await call("full-2", "POST", "/workers/register", { worker_id: "full-1", supported_skills: [] });
    expect(foreign).toMatchObject({ status: 403, body: { error: expect.stringContaining("sender ID mismatch") } });
    expect([404, 405]).toContain((await call("full-2", "GET", "/workers/register")).status);
  });
});

describe("GET /_worker/workers/{worker_id}/tasks/next", () => {
  test("TaskPayload: job_id, task_id, type, params, tracing_context, params_metadata, priority, deadline, metadata, idempotency_key, security, step, depth, timestamp, sig", async () => {
    await register("pay-1", ["timed"]);
    const traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    const started = await api.call(
      "POST",
      "/api/v1/jobs/timed",
      { initial_data: {}, metadata: { security: { level: "high" } } },
      { headers: { traceparent, tracestate: "a=b" } },
    );
    const { body: task } = await next("pay-1");
    expect(task).toMatchObject({
      job_id: started.body.job_id,
      type: "timed",
      params: { n: 1 },
      tracing_context: { traceparent, tracestate: "a=b" },
      params_metadata: {},
      priority: 0,
      metadata: { attempt: 1, blueprint: "timed" },
      security: { level: "high" },
      step: 1,
      depth: 0,
    });
    expect(task.idempotency_key).toBe(task.metadata.idempotency_key);
    expect(task.task_id).toBe(`${task.idempotency_key}.1`);
    for (const name of ["deadline", "timestamp", "step", "depth"]) expect(Number.isInteger(task[name])).toBe(true);
    // As the worker rebuilds it: what its model does not have, and what equals its defaults, left out.
    const { sig, security: _security, idempotency_key: _key, depth: _flat, ...seen } = task;
    const signed = parseLossless(JSON.stringify(seen));
    expect(sig).toBe(signatureOf(signed as never, SECRET));
  });

  test("timeout in seconds ends a poll with 204; available_skills narrows it; 404 for a worker that never registered", async () => {
    await register("poll-1", ["echo", "again"]);
    expect((await next("poll-1", "timeout=0.05")).status).toBe(204);
    const job = await api.start("again");
    expect((await next("poll-1", "timeout=0.1&available_skills=echo")).status).toBe(204);
    const { body: task } = await next("poll-1", "timeout=5&available_skills=again,echo&hot_skills=echo");
    expect(task.job_id).toBe(job);
    expect((await result("poll-1", task)).body.status).toBe("accepted");
    const unknown = await next("nobody-1", "timeout=0");
    expect(unknown).toMatchObject({ status: 404, body: { error: expect.stringMatching(/^Worker not found/) } });
    expect((await next("poll-1", "request_id=a%20b")).status).toBe(400);
  });

  test("request_id: the same poll again is given the same attempt, another one is not", async () => {
    await register("replay-1", ["again"]);
    const jobs = [await api.start("again"), await api.start("again")];
    const { body: task } = await next("replay-1", "timeout=5&request_id=p-1");
    const { body: same } = await next("replay-1", "timeout=5&request_id=p-1");
    expect([same.task_id, same.metadata]).toEqual([task.task_id, task.metadata]);
    const { body: other } = await next("replay-1", "timeout=5&request_id=p-2");
    // Which of two jobs comes first is not promised.
    expect([task.job_id, other.job_id].sort()).toEqual(jobs.sort());
    for (const each of [task, other]) expect((await result("replay-1", each)).body.status).toBe("accepted");
    expect((await next("replay-1", "timeout=0&request_id=p-1")).status).toBe(204);
    expect(await figure(/batuta_tasks_handed_out_total\{kind="again"\} (\d+)/)).toBe(1);
  });

  test("request_id: an answer that broke with its connection is kept for the same poll", async () => {
    const url = await api.listen();
    await register("broken-1", ["again"]);
    const job = await api.start("again");
    const path = `${url}/_worker/workers/broken-1/tasks/next?timeout=5&request_id=p-9`;
    const headers = options("broken-1").headers;
    const answer = await fetch(path, { headers });
    await answer.body?.cancel();
    const again = await (await fetch(path, { headers })).json();
    expect(again.job_id).toBe(job);
    expect((await result("broken-1", again)).body.status).toBe("accepted");
  });
});

describe("PATCH /_worker/workers/{worker_id}", () => {
  test("an empty body, or null, is a ping: ttl_refreshed; 404 in the words that make an SDK register again", async () => {
    await register("beat-1", ["echo"]);
    expect((await beat("beat-1")).body).toEqual({ status: "ttl_refreshed" });
    expect((await call("beat-1", "PATCH", "/workers/beat-1", "null")).body).toEqual({ status: "ttl_refreshed" });
    for (const body of [undefined, { status: "idle" }]) {
      const unknown = await call("ghost-1", "PATCH", "/workers/ghost-1", body);
      expect(unknown).toMatchObject({ status: 404, body: { error: expect.stringContaining("Worker not found") } });
    }
  });

  test("usage, current_tasks, available_skills, hot_skills, metadata are taken; next_heartbeat_jitter_ms is a tenth of the interval at most; PATCH …/status is the same", async () => {
    const body = {
      worker_id: "beat-1",
      status: "busy",
      usage: { cpu_load_percent: 12.5, ram_used_gb: 1.5, devices_usage: [{ unit_id: "0", load_percent: 3 }] },
      current_tasks: [],
      available_skills: ["echo"],
      hot_skills: ["echo"],
      metadata: {},
      timestamp: Math.floor(Date.now() / 1000),
    };
    for (const path of ["/workers/beat-1", "/workers/beat-1/status"]) {
      const answer = await call("beat-1", "PATCH", path, body);
      expect(answer).toMatchObject({ status: 200, body: { status: "ok" } });
      expect(Number.isInteger(answer.body.next_heartbeat_jitter_ms)).toBe(true);
      expect(answer.body.next_heartbeat_jitter_ms).toBeLessThanOrEqual(1_000);
    }
  });

  test("require_full_sync when skills_hash is another than that of the stored list, or there is no list", async () => {
    await register("sync-1", ["echo"], { skills_hash: "h1" });
    const needs = async (body: object) => (await beat("sync-1", body)).body.require_full_sync;
    expect(await needs({ skills_hash: "h1" })).toBeUndefined();
    expect(await needs({ skills_hash: "h2" })).toBe(true);
    expect(await needs({ skills_hash: "h2", supported_skills: [{ name: "echo" }] })).toBeUndefined();
    expect(await needs({ skills_hash: "h2" })).toBeUndefined();
    await register("sync-1", [], { skills_hash: "h2" });
    expect(await needs({ skills_hash: "h2" })).toBe(true);
  });

  test("cancel_task_ids names what the worker works on in vain", async () => {
    const task = await inHand("stop-1", "told");
    expect((await beat("stop-1", { current_tasks: [task.task_id] })).body.cancel_task_ids).toBeUndefined();
    await api.call("POST", `/api/v1/jobs/${task.job_id}/cancel`, {});
    expect((await beat("stop-1", { current_tasks: [task.task_id] })).body.cancel_task_ids).toEqual([task.task_id]);
  });
});

describe("POST /_worker/tasks/result", () => {
  test("TaskResult: status, data, data_metadata, metadata, security, costs, origin_worker_id, picked_up_at, timestamp; what is beside the data is kept in the history", async () => {
    const task = await inHand("res-1", "echo");
    const answer = await result("res-1", task, {
      origin_worker_id: "res-0",
      data: { a: 1 },
      data_metadata: { file: { uri: "s3://b/f", size: 3, etag: "e" } },
      metadata: { note: "x" },
      security: { signer_id: "res-1", identity_chain: ["res-1"] },
      costs: { execution_time_seconds: 1.5, tokens: 7 },
      tracing_context: {},
      picked_up_at: 1_700_000_000,
      timestamp: Math.floor(Date.now() / 1000),
    });
    expect(answer.body).toEqual({ status: "accepted", transition: "success_transition" });
    const history = await api.call("GET", `/api/v1/jobs/${task.job_id}/history?limit=100`);
    const text = JSON.stringify(history.body);
    for (const kept of ["s3://b/f", '"note":"x"', "identity_chain", '"tokens":7', "res-0", "1700000000"])
      expect(text).toContain(kept);
  });

  test("the same result again is answered the same, here and by a process that did not take it; another one is late", async () => {
    const task = await inHand("same-1", "echo");
    const first = await result("same-1", task, { data: { a: 1, b: [1, 2] } });
    expect((await result("same-1", task, { data: { b: [1, 2], a: 1 } })).body).toEqual(first.body);
    const before = await figure(/batuta_tasks_ignored_total\{reason="job_already_terminated"\} (\d+)/);
    const other = await result("same-1", task, { data: { a: 2 } });
    expect(other.body).toMatchObject({ status: "ignored", reason: "job_already_terminated" });
    const foreign = await result("same-2", task, { data: { a: 1, b: [1, 2] } });
    expect(foreign.body.status).toBe("ignored");
    expect(await figure(/batuta_tasks_ignored_total\{reason="job_already_terminated"\} (\d+)/)).toBe(before + 2);
  });

  test("the same result again is known by the history of its job, whoever took it", async () => {
    const task = await inHand("same-3", "echo");
    const [jobId, no, fence] = [task.job_id, Number(task.task_id.split(".")[1]), 1];
    const report = { kind: "task_result", jobId, no, fence, worker: "same-3", outcome: "success" } as const;
    await api.deps.engine.apply({ ...report, data: { a: 1 } });
    expect((await result("same-3", task, { data: { a: 1 } })).body).toEqual({
      status: "accepted",
      transition: "success_transition",
    });
    expect((await result("same-3", task, { data: { a: 2 } })).body).toMatchObject({ status: "ignored" });
  });

  test("reasons: job_not_found, worker_mismatch, deadline_exceeded, job_cancelled", async () => {
    const none = { job_id: "019a2b3c-4d5e-7f60-8a7b-9c0d1e2f3a4b" };
    const unknown = await result("why-1", { ...none, task_id: `${none.job_id}.3072.1` });
    expect(unknown).toMatchObject({ status: 200, body: { status: "ignored", reason: "job_not_found" } });
    const task = await inHand("why-1", "late");
    expect((await result("why-2", task)).body).toMatchObject({ status: "ignored", reason: "worker_mismatch" });
    await api.call("POST", `/api/v1/jobs/${task.job_id}/cancel`, {});
    expect((await result("why-1", task)).body).toMatchObject({ status: "ignored", reason: "job_cancelled" });
    const timed = await inHand("why-3", "timed");
    await api.until(timed.job_id, "quarantined", "failed");
    expect((await result("why-3", timed)).body).toMatchObject({ status: "ignored", reason: "deadline_exceeded" });
    for (const reason of ["job_not_found", "worker_mismatch", "job_cancelled", "deadline_exceeded"])
      expect(await figure(new RegExp(`batuta_tasks_ignored_total\\{reason="${reason}"\\} (\\d+)`))).toBeGreaterThan(0);
  });

  test("error as {code, message, details}, as a text, as error_type beside error; status words; wrong types are 400", async () => {
    const forms = [
      { status: "failure", error: { code: "PERMANENT_ERROR", message: "no", details: { a: 1 } } },
      { status: "failure", error: "it broke", error_type: "PERMANENT_ERROR" },
    ];
    for (const form of forms) {
      const task = await inHand("err-1", "errors");
      expect((await result("err-1", task, form)).body).toEqual({ status: "accepted", transition: "failure_handled" });
    }
    const task = await inHand("err-1", "errors");
    for (const wrong of [{ task_id: 7 }, { job_id: "another" }, { status: 7 }, { worker_id: 7 }])
      expect((await call("err-1", "POST", "/tasks/result", { task_id: task.task_id, ...wrong })).status).toBe(400);
    expect((await result("err-1", task, { worker_id: "err-2" })).status).toBe(403);
    const word = await result("err-1", task, { status: "partly", data: {} });
    expect(word.body).toEqual({ status: "accepted", transition: "unhandled_status_failure" });
  });
});

describe("POST /_worker/events", () => {
  const event = (worker: string, task: Call["body"], more: object = {}) =>
    call(worker, "POST", "/events", {
      event_id: "e1",
      worker_id: worker,
      origin_worker_id: worker,
      event_type: "noted",
      payload: { a: 1 },
      origin_task_id: task.task_id,
      ...more,
    });

  test("WorkerEventPayload: event_id, origin_worker_id, target_job_id, target_task_id, bubbling_chain, trace_context, priority, timestamp, security, metadata", async () => {
    const task = await inHand("ev-1", "told");
    const more = {
      origin_worker_id: "ev-0",
      target_job_id: task.job_id,
      target_task_id: task.task_id,
      bubbling_chain: ["ev-0"],
      trace_context: { traceparent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01" },
      priority: 1.5,
      timestamp: Math.floor(Date.now() / 1000),
      security: {},
      metadata: {},
    };
    expect((await event("ev-1", task, more)).body).toEqual({ status: "event_accepted" });
    expect((await event("ev-1", task, more)).body).toEqual({ status: "event_accepted" });
    const byJob = { event_id: "e2", origin_task_id: null, target_job_id: task.job_id };
    expect((await event("ev-1", task, byJob)).body).toEqual({ status: "event_accepted" });
    const history = JSON.stringify((await api.call("GET", `/api/v1/jobs/${task.job_id}/history?limit=100`)).body);
    expect(history.match(/"event_id":"e1"/g)).toHaveLength(1);
    expect(history).toContain('"chain":["ev-0","ev-1"]');
    expect((await event("ev-1", task, { event_id: "e3", bubbling_chain: [7] })).status).toBe(400);
    expect((await event("ev-1", task, { event_id: "e4", target_job_id: "another" })).status).toBe(400);
    expect((await event("ev-9", task, { event_id: "e5" })).body).toMatchObject({ code: "STALE_TASK" });
  });

  test("event_id counts once for a job even where no process remembers it, also when the job has ended since", async () => {
    const task = await inHand("ev-2", "told");
    const signal = { kind: "worker_event", worker: "ev-2", eventType: "noted", payload: {}, eventId: "x1" } as const;
    const [jobId, no, fence] = [task.job_id, Number(task.task_id.split(".")[1]), 1];
    expect(await api.deps.engine.apply({ ...signal, jobId, no, fence })).toMatchObject({ applied: true });
    expect(await api.deps.engine.apply({ ...signal, jobId, no, fence })).toMatchObject({ reason: "already_heard" });
    await result("ev-2", task);
    await api.until(jobId, "finished");
    expect((await event("ev-2", task, { event_id: "x1" })).body).toEqual({ status: "event_accepted" });
    expect((await event("ev-2", task, { event_id: "x2" })).body).toMatchObject({ code: "STALE_TASK" });
  });

  test("progress as a fraction and as per cent; CONTRACT_VIOLATION_ERROR for what breaks events_schema", async () => {
    await register("ev-3", [{ name: "picky", events_schema: { noted: { type: "object", required: ["frame"] } } }]);
    await api.start("picky");
    const { body: task } = await next("ev-3");
    const progress = (payload: object) => event("ev-3", task, { event_id: null, event_type: "progress", payload });
    expect((await progress({ progress: 0.25, message: "a quarter" })).body).toEqual({ status: "event_accepted" });
    expect((await progress({ progress: 50 })).body).toEqual({ status: "event_accepted" });
    expect((await progress({ progress: "half" })).body).toMatchObject({ code: "CONTRACT_VIOLATION_ERROR" });
    expect((await event("ev-3", task)).body).toMatchObject({ status: "error", code: "CONTRACT_VIOLATION_ERROR" });
    expect((await event("ev-3", task, { payload: { frame: 1 } })).body).toEqual({ status: "event_accepted" });
  });
});

describe("POST /skills/call", () => {
  const ask = (path: string, body: object, headers: Record<string, string> = {}) =>
    api.call("POST", path, body, options("asker-1", headers));

  test.each(["/skills/call", "/_worker/skills/call"])(
    "%s: {skill_name, params} from a worker is a task whose result is the answer",
    async (path) => {
      await register("doer-1", ["shout"]);
      const answer = ask(path, { skill_name: "shout", params: { text: "hé" }, timeout: 20 });
      const { body: task } = await next("doer-1");
      expect(task).toMatchObject({ type: "shout", params: { text: "hé" } });
      await result("doer-1", task, { data: { said: "HÉ" } });
      expect(await answer).toMatchObject({
        status: 200,
        body: { status: "success", data: { said: "HÉ" }, job_id: task.job_id },
      });
      const job = await api.call("GET", `/api/v1/jobs/${task.job_id}`, undefined, { cookie: await api.signIn() });
      expect(job.body).toMatchObject({ status: "finished", blueprint_name: "single_task" });
    },
  );

  test("a failure is its error; 504 with the job when the time is over; 400, 401, 409 for what is wrong", async () => {
    await register("doer-2", ["fails"]);
    const answer = ask("/skills/call", { skill_name: "fails" });
    const { body: task } = await next("doer-2");
    await result("doer-2", task, { status: "failure", error: { code: "PERMANENT_ERROR", message: "cannot" } });
    expect((await answer).body).toMatchObject({
      status: "failure",
      error: { code: "PERMANENT_ERROR", message: "cannot" },
    });
    const over = await ask("/skills/call", { skill_name: "nobody_can", params: {}, timeout: 0.05 });
    expect(over).toMatchObject({ status: 504, body: { code: "unavailable", job_id: expect.any(String) } });
    expect((await ask("/skills/call", { skill_name: "a b" })).status).toBe(400);
    expect((await ask("/skills/call", { skill_name: "a", params: [] })).status).toBe(400);
    expect((await ask("/skills/call", { skill_name: "a", timeout: 61 })).status).toBe(400);
    const bad = await api.call("POST", "/skills/call", { skill_name: "a" }, { token: null });
    expect(bad.status).toBe(401);
    const foreign = await inHand("doer-3", "told");
    expect((await ask("/skills/call", { skill_name: "a" }, { "x-task-id": foreign.task_id })).status).toBe(409);
  });

  test("by a client, and by a worker in the middle of a task: the job is its client's, with a link to the task", async () => {
    await register("doer-4", ["helps"]);
    const client = await api.client("caller");
    const answer = api.call("POST", "/skills/call", { skill_name: "helps", params: {} }, { token: client });
    const { body: task } = await next("doer-4");
    await result("doer-4", task, { data: {} });
    expect((await answer).status).toBe(200);
    expect((await api.call("GET", `/api/v1/jobs/${task.job_id}`, undefined, { token: client })).status).toBe(200);
    expect((await api.call("GET", `/api/v1/jobs/${task.job_id}`)).status).toBe(404);

    const parent = await inHand("asker-1", "told");
    const within = ask("/skills/call", { skill_name: "helps", params: {} }, { "x-task-id": parent.task_id });
    const { body: child } = await next("doer-4");
    await result("doer-4", child, { data: {} });
    expect((await within).status).toBe(200);
    const job = await api.call("GET", `/api/v1/jobs/${child.job_id}`);
    expect(job.body.metadata).toMatchObject({
      called_by: "asker-1",
      parent_task_id: parent.task_id,
      parent_job_id: parent.job_id,
    });
  });
});

describe("what the SDK does with status codes", () => {
  test("204: nothing to do; 200: JSON with a JSON content type", async () => {
    await register("code-1", ["echo"]);
    const empty = await next("code-1", "timeout=0");
    expect([empty.status, empty.body]).toEqual([204, ""]);
    const ping = await beat("code-1");
    expect(ping.headers.get("content-type")).toContain("application/json");
  });

  test("401 with Unauthorized for credentials that are missing or wrong, on every route, so that it gets new tokens", async () => {
    const routes = [
      ["POST", "/workers/register", { worker_id: "code-2" }],
      ["PATCH", "/workers/code-2", undefined],
      ["GET", "/workers/code-2/tasks/next", undefined],
      ["POST", "/tasks/result", { worker_id: "code-2" }],
      ["POST", "/events", { worker_id: "code-2" }],
      ["POST", "/auth/token", undefined],
      ["GET", "/ws/code-2", undefined],
    ] as const;
    for (const [method, path, body] of routes) {
      const headers = { "x-worker-id": "code-2", "x-worker-token": "a wrong one" };
      const answer = await api.call(method, `/_worker${path}`, body, { token: null, headers });
      expect([path, answer.status, answer.body.error]).toEqual([path, 401, expect.stringMatching(/^Unauthorized/)]);
    }
  });

  test("a signature that is wrong, too old, or of another: 401, and nothing changed", async () => {
    const task = await inHand("code-3", "echo");
    const body = { worker_id: "code-3", task_id: task.task_id, data: {}, timestamp: Math.floor(Date.now() / 1000) };
    const sign = (message: object) =>
      createHmac("sha256", WORKER_TOKEN)
        .update(JSON.stringify(Object.fromEntries(Object.entries(message).sort(([a], [b]) => (a < b ? -1 : 1)))))
        .digest("hex");
    const old = { ...body, timestamp: body.timestamp - 120 };
    const bad = [
      { ...body, security: { signature: "0".repeat(64) } },
      { ...old, security: { signature: sign(old) } },
      { ...body, security: { signature: sign(body), signer_id: "another" } },
    ];
    for (const message of bad) expect((await call("code-3", "POST", "/tasks/result", message)).status).toBe(401);
    const good = await call("code-3", "POST", "/tasks/result", { ...body, security: { signature: sign(body) } });
    expect(good.body).toMatchObject({ status: "accepted" });
  });

  test("404 not found: it registers again; 413 for what is too large; other paths are 404", async () => {
    expect((await beat("code-4")).status).toBe(404);
    expect((await call("code-4", "POST", "/events", { padding: "x".repeat(1_100_000) })).status).toBe(413);
    expect((await call("code-4", "GET", "/nothing")).status).toBe(404);
  });

  test("503 with Retry-After while more arrives than can be taken in is tried again", () => {
    const answer = errorAnswer(new EngineBusyError(), "r", api.deps.log);
    expect([answer.status, answer.headers.get("retry-after")]).toEqual([503, "1"]);
  });
});
