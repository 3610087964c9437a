import { createHash } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { BlueprintDocument } from "@/lib/blueprint/document";
import { JOB_STATUS } from "@/lib/job-status";
import { type LosslessJson, parseLossless } from "@/server/http/worker-protocol/lossless-json";
import { signatureOf } from "@/server/http/worker-protocol/signature";
import { putWorkerToken } from "@/server/store/worker-tokens";
import { until } from "@/test/queue/queue-world";
import { createTestDatabase, type TestDatabase } from "@/test/support/database";
import { testKeyPrefix, testRedisUrl } from "@/test/support/redis";
import { assertWhole, type EngineHost, type HostOptions, hostEngine } from "@/test/turn/engine-host";
import { gate, oneTask } from "@/test/worker/worker-host";
import { GLOBAL_TOKEN, hostProtocol, type ProtocolHost } from "./worker-protocol-host";

const { finished, cancelled } = JOB_STATUS;

const taskThenFan: BlueprintDocument = {
  name: "fan",
  states: {
    first: { type: "task", start: true, task_type: "fanned", transitions: { success: "fan" } },
    fan: { type: "parallel", tasks: [{ task_type: "fanned" }, { task_type: "fanned" }], aggregate_into: "done" },
    done: { type: "end", outcome: "success" },
  },
};

describe.each(["redis", "postgres"] as const)("the worker protocol on the %s queue", (kind) => {
  let database: TestDatabase;
  let options: HostOptions;
  let engine: EngineHost;
  let web: ProtocolHost;
  const types = [
    "echo",
    "many",
    "mine",
    "closed",
    "later",
    "dup",
    "shown",
    "sig",
    "skillA",
    "skillB",
    "moved",
    "held",
    "unsent",
    "stopped",
  ];

  beforeAll(async () => {
    database = await createTestDatabase();
    options = {
      databaseUrl: database.url,
      redisUrl: kind === "redis" ? testRedisUrl() : null,
      prefix: testKeyPrefix(),
      blueprints: [
        ...types.map((type) => oneTask(type, type, type === "echo" ? { timeout_seconds: 60 } : {})),
        taskThenFan,
      ],
    };
    engine = await hostEngine(options);
    web = await hostProtocol(engine, options);
  });

  afterAll(async () => {
    await web?.stop();
    await engine?.stop();
    await assertWhole(database.url);
    await database.drop();
  });

  const register = (worker: string, ...skills: string[]) =>
    web.call("POST", "/workers/register", { worker_id: worker, supported_skills: skills.map((name) => ({ name })) });
  const next = (worker: string, seconds = 5, query = "") =>
    web.call("GET", `/workers/${worker}/tasks/next?timeout=${seconds}${query}`);
  const result = (worker: string, task: { job_id: string; task_id: string }, more: object = {}) =>
    web.call("POST", "/tasks/result", {
      job_id: task.job_id,
      task_id: task.task_id,
      worker_id: worker,
      status: "success",
      data: {},
      ...more,
    });
  const rowOf = async (job: string) =>
    (
      await engine.database.pool.query(
        "select status, worker, fence, progress, progress_message from tasks where job_id = $1",
        [job],
      )
    ).rows[0];

  test("register, next task, result: the job ends", async () => {
    const registered = await web.call(
      "POST",
      "/workers/register",
      {
        worker_id: "curl-1",
        supported_tasks: ["echo", { name: "other", extra: 1 }, { type: "third" }],
        capabilities: null,
      },
      { headers: { "x-rxon-version": "1.0b12" } },
    );
    expect(registered).toMatchObject({ status: 200, body: { status: "registered", version: "1.0b16" } });
    expect(registered.body.warning).toContain("1.0b12");
    expect(registered.headers.get("x-rxon-version")).toBe("1.0b16");
    const job = await engine.start("echo", { text: "hé" });
    const { status, body: task } = await next("curl-1");
    expect(status).toBe(200);
    expect(task).toMatchObject({ job_id: job, type: "echo", params: { in: { text: "hé" } }, priority: 0 });
    expect(task.task_id).toMatch(new RegExp(`^${job}\\.\\d+\\.1$`));
    expect(Number.isInteger(task.timestamp) && Number.isInteger(task.deadline)).toBe(true);
    const answer = await result("curl-1", task, { status: null, data: { said: "hé" } });
    expect(answer).toMatchObject({ status: 200, body: { status: "accepted", transition: "success_transition" } });
    await engine.until(job, finished.code);
    const events = await engine.events(job);
    expect(events.find((event) => event.kind === 9)?.data).toMatchObject({
      outcome: "success",
      r: { said: "hé" },
      worker: "curl-1",
    });
  });

  test("204 when nothing comes within the time, and only what a poll's filter asks for", async () => {
    await register("filter-1", "skillA", "skillB");
    expect((await next("filter-1", 0.2)).status).toBe(204);
    const job = await engine.start("skillB");
    expect((await next("filter-1", 0.6, "&available_skills=skillA")).status).toBe(204);
    const { body: task } = await next("filter-1", 5, "&available_skills=skillA,skillB");
    expect(task.job_id).toBe(job);
    await result("filter-1", task);
    await engine.until(job, finished.code);
  });

  test("several polls at once of several workers: every task to one of them", async () => {
    await register("many-1", "many");
    await register("many-2", "many");
    const polls = Array.from({ length: 12 }, (_, index) => next(`many-${(index % 2) + 1}`, 10));
    const jobs = await Promise.all(Array.from({ length: 12 }, () => engine.start("many")));
    const tasks = await Promise.all(polls);
    expect(tasks.map(({ status }) => status)).toEqual(Array.from({ length: 12 }, () => 200));
    expect(new Set(tasks.map(({ body }) => body.job_id))).toEqual(new Set(jobs));
    await Promise.all(tasks.map(({ body }, index) => result(`many-${(index % 2) + 1}`, body)));
    for (const job of jobs) await engine.until(job, finished.code);
  });

  test("a connection that closes while it waits takes nothing with it", async () => {
    await register("closed-1", "closed");
    const leaving = new AbortController();
    const gone = web.fetch("/workers/closed-1/tasks/next?timeout=5", {
      headers: { "x-worker-token": GLOBAL_TOKEN },
      signal: leaving.signal,
    });
    await delay(300);
    leaving.abort();
    await expect(gone).rejects.toThrow();
    const job = await engine.start("closed");
    const { body: task } = await next("closed-1", 5);
    expect(task.task_id).toMatch(new RegExp(`^${job}\\.\\d+\\.1$`));
    await result("closed-1", task);
    await engine.until(job, finished.code);
  });

  test("a hand-out whose connection closes before the answer is out goes back with the same fence", async () => {
    const [asked, left] = [gate(), gate()];
    const slow = await hostProtocol(engine, options, {
      async slowHandOut() {
        asked.open();
        await left.opened;
      },
    });
    await register("unsent-1", "unsent");
    const leaving = new AbortController();
    const gone = slow.fetch("/workers/unsent-1/tasks/next?timeout=5", {
      headers: { "x-worker-token": GLOBAL_TOKEN },
      signal: leaving.signal,
    });
    const noticed = expect(gone).rejects.toThrow();
    // Larger than what a message carries: the params are read from the row.
    const job = await engine.start("unsent", { text: "x".repeat(40_000) });
    await asked.opened;
    expect(await rowOf(job)).toMatchObject({ status: 2 });
    leaving.abort();
    await noticed;
    await delay(100);
    left.open();
    await register("unsent-2", "unsent");
    const { body: task } = await next("unsent-2", 10);
    expect(task.task_id).toMatch(new RegExp(`^${job}\\.\\d+\\.1$`));
    expect(task.params.in.text).toHaveLength(40_000);
    await result("unsent-2", task);
    await engine.until(job, finished.code);
    await slow.stop();
  });

  test("a web process that stops answers its polls and keeps nothing", async () => {
    const leaving = await hostProtocol(engine, options);
    await register("stop-1", "stopped");
    const poll = leaving.call("GET", "/workers/stop-1/tasks/next?timeout=5");
    await delay(500);
    await Promise.all([leaving.stop(), poll.then(({ status }) => expect(status).toBe(204))]);
    const job = await engine.start("stopped");
    const { body: task } = await next("stop-1");
    expect(task.job_id).toBe(job);
    await result("stop-1", task);
    await engine.until(job, finished.code);
  });

  test("a result counts once: the same again is answered the same, another one is late", async () => {
    await register("dup-1", "dup");
    const job = await engine.start("dup");
    const { body: task } = await next("dup-1");
    const answers = await Promise.all([result("dup-1", task), result("dup-1", task)]);
    expect(answers.map(({ body }) => body.status)).toEqual(["accepted", "accepted"]);
    const again = await result("dup-1", task, { data: { other: true } });
    expect(again).toMatchObject({ status: 200, body: { status: "ignored" } });
    expect(["stale_task", "job_already_terminated"]).toContain(again.body.reason);
    const unknown = await result("dup-1", {
      job_id: "019a2b3c-4d5e-7f60-8a7b-9c0d1e2f3a4b",
      task_id: "019a2b3c-4d5e-7f60-8a7b-9c0d1e2f3a4b.3072.1",
    });
    expect(unknown.body).toMatchObject({ status: "ignored", reason: "job_not_found" });
    const finishes = (await engine.events(job)).filter((event) => event.kind === 9);
    expect(finishes).toHaveLength(1);
  });

  test("a long task is shown as started, its progress is kept, another worker's result is refused", async () => {
    await register("shown-1", "shown");
    await register("shown-2", "shown");
    const job = await engine.start("shown");
    const { body: task } = await next("shown-1");
    await until("its start is told", async () => (await engine.events(job)).some((event) => event.kind === 8));
    const event = { event_id: "e1", worker_id: "shown-1", origin_worker_id: "shown-1", event_type: "progress" };
    const progress = (worker: string, payload: object) =>
      web.call("POST", "/events", { ...event, worker_id: worker, target_task_id: task.task_id, payload });
    expect((await progress("shown-1", { progress: 40, message: "x\u0000y" })).body).toEqual({
      status: "event_accepted",
    });
    expect(await rowOf(job)).toMatchObject({ status: 2, progress: 0.4, progress_message: "x\uFFFDy" });
    expect((await progress("shown-2", { progress: 1 })).body).toMatchObject({ status: "error", code: "STALE_TASK" });
    expect((await result("shown-2", task)).body).toMatchObject({ status: "ignored", reason: "worker_mismatch" });
    expect((await result("shown-1", task)).body.status).toBe("accepted");
    await engine.until(job, finished.code);
  });

  test("a heartbeat learns which tasks to abort; a ping is enough to stay", async () => {
    await register("later-1", "later");
    const job = await engine.start("later");
    const { body: task } = await next("later-1");
    const beat = (tasks: string[]) =>
      web.call("PATCH", "/workers/later-1", { worker_id: "later-1", status: "busy", current_tasks: tasks });
    expect((await beat([task.task_id])).body).toMatchObject({ status: "ok" });
    await engine.engine.apply({ kind: "cancel", jobId: job, by: { kind: "operator", id: "1" } });
    await engine.until(job, cancelled.code);
    expect((await beat([task.task_id])).body).toMatchObject({ status: "ok", cancel_task_ids: [task.task_id] });
    expect((await web.call("PATCH", "/workers/later-1")).body).toEqual({ status: "ttl_refreshed" });
    expect((await result("later-1", task)).body).toMatchObject({ status: "ignored", reason: "job_cancelled" });
  });

  test("a worker that registers anew, or says goodbye, loses what it held; others get it", async () => {
    await register("moved-1", "moved");
    const job = await engine.start("moved");
    const { body: first } = await next("moved-1");
    await register("moved-1", "moved");
    const { body: second } = await next("moved-1", 10);
    expect([first.job_id, second.job_id]).toEqual([job, job]);
    expect(second.task_id).toBe(first.task_id.replace(/1$/, "2"));
    expect((await result("moved-1", first)).body).toMatchObject({ status: "ignored", reason: "stale_task" });
    await web.call("PATCH", "/workers/moved-1", { worker_id: "moved-1", status: "offline" });
    for (const answer of [await web.call("PATCH", "/workers/moved-1"), await next("moved-1", 0)]) {
      expect(answer).toMatchObject({
        status: 404,
        body: { error: expect.stringMatching(/^Worker not found: moved-1/) },
      });
    }
    await register("moved-1", "moved");
    const { body: third } = await next("moved-1", 10);
    expect(third.task_id).toBe(first.task_id.replace(/1$/, "3"));
    await result("moved-1", third);
    await engine.until(job, finished.code);
  });

  test("a result is called a branch's when its task is one, whatever the job awaits then", async () => {
    await register("fan-1", "fanned");
    const job = await engine.start("fan");
    const answer = async (more: object = {}) => {
      const { body: task } = await next("fan-1");
      return (await result("fan-1", task, more)).body.transition;
    };
    expect(await answer()).toBe("success_transition");
    expect(await answer()).toBe("parallel_branch_accepted");
    expect(await answer()).toBe("parallel_branch_accepted");
    await engine.until(job, finished.code);
  });

  test("an unknown worker gets 404, a wrong token 401, both in the words that workers look for", async () => {
    for (const answer of [await web.call("PATCH", "/workers/nobody"), await next("nobody", 0)]) {
      expect(answer).toMatchObject({ status: 404 });
      expect(answer.body.error).toMatch(/^Worker not found: nobody/);
    }
    for (const token of [null, "wrong", `${GLOBAL_TOKEN} `]) {
      const answer = await web.call("GET", "/workers/nobody/tasks/next", undefined, {
        token: token?.trimEnd() === GLOBAL_TOKEN ? `${GLOBAL_TOKEN}x` : token,
      });
      expect(answer).toMatchObject({ status: 401 });
      expect(answer.body.error).toMatch(/^Unauthorized: /);
    }
  });

  test("an individual token speaks for its worker alone, and shuts the global one out", async () => {
    const hash = (token: string) => createHash("sha256").update(token).digest();
    await putWorkerToken(engine.database, { name: `${kind}-own`, worker: "own-1", tokenHash: hash("token of own-1") });
    await putWorkerToken(engine.database, {
      name: `${kind}-pattern`,
      worker: "gpu-*",
      tokenHash: hash("token of gpus"),
    });
    const as = (worker: string, token: string) =>
      web.call("POST", "/workers/register", { worker_id: worker }, { token });
    expect((await as("own-1", "token of own-1")).status).toBe(200);
    expect((await as("own-2", "token of own-1")).status).toBe(401);
    expect((await as("own-1", GLOBAL_TOKEN)).status).toBe(401);
    expect((await as("gpu-7", "token of gpus")).status).toBe(200);
    expect((await as("cpu-7", "token of gpus")).status).toBe(401);
  });

  test("a signature that is there must be good, even where none is needed", async () => {
    await register("sig-1", "sig");
    const job = await engine.start("sig");
    const { body: task } = await next("sig-1");
    const timestamp = Math.floor(Date.now() / 1000);
    const body = {
      job_id: task.job_id,
      task_id: task.task_id,
      worker_id: "sig-1",
      status: "success",
      data: { n: 1.5 },
      timestamp,
    };
    const sign = (message: object, secret: string) => {
      const signature = signatureOf(parseLossless(JSON.stringify(message)) as Map<string, LosslessJson>, secret);
      return { ...message, security: { signature, signer_id: "sig-1" } };
    };
    const send = (message: object) => web.call("POST", "/tasks/result", message);
    const wrong = await send(sign(body, "another secret"));
    expect(wrong).toMatchObject({ status: 401, body: { error: "Unauthorized: Invalid cryptographic signature" } });
    const changed = await send({ ...sign(body, GLOBAL_TOKEN), data: { n: 2 } });
    expect(changed.status).toBe(401);
    const old = await send(sign({ ...body, timestamp: timestamp - 100 }, GLOBAL_TOKEN));
    expect(old.body.error).toContain("replay protection");
    expect((await send(sign(body, GLOBAL_TOKEN))).body.status).toBe("accepted");
    await engine.until(job, finished.code);
  });

  test("bad input is refused with the field and the fix, and changes nothing", async () => {
    const cases: [string, string, unknown, number, RegExp][] = [
      ["POST", "/workers/register", { worker_id: "a b" }, 400, /worker_id: must be 1 to 128/],
      [
        "POST",
        "/workers/register",
        { worker_id: "ok", supported_skills: [{ name: "a/b" }] },
        400,
        /supported_skills\[0\]/,
      ],
      ["POST", "/workers/register", "{", 400, /Invalid JSON/],
      ["POST", "/workers/register", "[]", 400, /JSON object/],
      ["POST", "/workers/register", "", 400, /empty/],
      ["POST", "/tasks/result", { worker_id: "w", task_id: "1", job_id: "2" }, 400, /task_id: must be/],
      [
        "POST",
        "/tasks/result",
        { worker_id: "w", task_id: "019a2b3c-4d5e-7f60-8a7b-9c0d1e2f3a4b.1.1", job_id: "2" },
        400,
        /job_id/,
      ],
      ["POST", "/tasks/result", `{"worker_id":"w","x":"${"y".repeat(16 * 1024 * 1024)}"}`, 413, /larger than/],
      ["POST", "/nowhere", {}, 404, /no path/],
    ];
    for (const [method, path, body, status, message] of cases) {
      const answer = await web.call(method, path, body);
      expect([path, answer.status]).toEqual([path, status]);
      expect(answer.body.error).toMatch(message);
    }
    const mismatch = await web.call("POST", "/tasks/result", { worker_id: "a" }, { headers: { "x-worker-id": "b" } });
    expect(mismatch).toMatchObject({ status: 403 });
  });

  test("data that may not be stored fails the task instead of stranding the job", async () => {
    await register("held-1", "held");
    const job = await engine.start("held");
    const { body: task } = await next("held-1");
    const text = `{"worker_id":"held-1","job_id":"${job}","task_id":"${task.task_id}","data":{"__proto__":{"polluted":1}}}`;
    const answer = await web.call("POST", "/tasks/result", text);
    expect(answer.body).toEqual({ status: "accepted", transition: "failure_handled" });
    await engine.until(job, JOB_STATUS.quarantined.code);
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
  });
});
