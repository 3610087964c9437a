import { afterEach, expect, test } from "vitest";
import { z } from "zod";
import { TaskAllowance } from "@/server/worker/task-allowance";
import {
  createWorker,
  defineSkill,
  type Skill,
  SkillError,
  type TaskStopped,
  type Worker,
  type WorkerOptions,
} from "@/server/worker-sdk/sdk";
import { type Received, type Reply, type ScriptedOrchestrator, scriptedOrchestrator } from "./scripted-orchestrator";

const running: { worker?: Worker; orchestrator: ScriptedOrchestrator }[] = [];

afterEach(async () => {
  for (const { worker, orchestrator } of running.splice(0)) {
    await worker?.stop(0);
    await orchestrator.stop();
  }
});

const TASK = {
  job_id: "j",
  task_id: "j.1.1",
  type: "work",
  params: { n: 2 },
  timestamp: 1_000,
  metadata: { attempt: 3, idempotency_key: "j.1" },
};
const work = defineSkill({ name: "work", input: z.object({ n: z.number() }), run: ({ n }) => ({ twice: n * 2 }) });

/** A worker of one place against a script; `poll` answers the polls, by their number. */
async function serve(
  script: (request: Received, soFar: number) => Reply | Promise<Reply>,
  skill: Skill = work,
  more: Partial<WorkerOptions> = {},
) {
  const orchestrator = await scriptedOrchestrator(script);
  const entry: (typeof running)[number] = { orchestrator };
  running.push(entry);
  const worker = createWorker({
    workerId: "w",
    orchestrators: [{ url: orchestrator.url, token: "own-token" }],
    skills: [skill],
    concurrency: 1,
    heartbeatMs: 100,
    websocket: false,
    log: false,
    ...more,
  });
  entry.worker = worker;
  return { orchestrator, worker };
}

const isPoll = ({ path }: Received) => path.endsWith("/tasks/next");
const isResult = ({ path }: Received) => path.endsWith("/tasks/result");
const results = (orchestrator: ScriptedOrchestrator) => orchestrator.of("POST", /result$/).map(({ body }) => body);
const seen = (what: () => unknown) => expect.poll(what, { timeout: 60_000 });

test("an answer that got lost is asked for again by the same request id, the next poll by another", async () => {
  const { orchestrator, worker } = await serve((request, soFar) => {
    if (!isPoll(request)) return undefined;
    if (soFar === 0) return "hang up";
    return soFar === 1 ? { body: TASK } : undefined;
  });
  await worker.start();
  await seen(() => results(orchestrator).length).toBe(1);
  await seen(() => orchestrator.of("GET", /next$/).length).toBeGreaterThan(2);
  const [lost, again, next] = orchestrator.of("GET", /next$/).map(({ query }) => query.get("request_id"));
  expect(lost).toMatch(/^[0-9a-f-]{36}$/);
  expect(again).toBe(lost);
  expect(next).not.toBe(lost);
});

test("a result is sent until it is answered, with the same body but a fresh signature", async () => {
  const { orchestrator, worker } = await serve((request, soFar) => {
    if (isPoll(request)) return soFar === 0 ? { body: TASK } : undefined;
    if (!isResult(request) || soFar > 2) return undefined;
    return soFar === 0
      ? "hang up"
      : soFar === 1
        ? { status: 503, body: { error: "not now" } }
        : { status: 429, headers: { "retry-after": "0" } };
  });
  await worker.start();
  await seen(() => results(orchestrator).length).toBe(4);
  const bodies = results(orchestrator).map(({ timestamp: _timestamp, security: _security, ...rest }) => rest);
  expect(bodies[0]).toMatchObject({
    worker_id: "w",
    job_id: "j",
    task_id: "j.1.1",
    status: "success",
    data: { twice: 4 },
  });
  for (const body of bodies) expect(body).toEqual(bodies[0]);
});

test("a result that can never be taken becomes the failure that it is", async () => {
  const { orchestrator, worker } = await serve((request, soFar) => {
    if (isPoll(request)) return soFar === 0 ? { body: TASK } : undefined;
    return isResult(request) && soFar === 0 ? { status: 413, body: { error: "too large" } } : undefined;
  });
  await worker.start();
  await seen(() => results(orchestrator).length).toBe(2);
  const [, second] = results(orchestrator);
  expect(second).toMatchObject({
    status: "failure",
    error: { code: "CONTRACT_VIOLATION_ERROR", message: /too large/ },
  });
  expect(second.data).toBeUndefined();
});

test("401 is answered with an access token, which is refreshed by its refresh token, then by the worker's own", async () => {
  const valid = { token: "access-1", refresh: "" };
  const { orchestrator, worker } = await serve((request, soFar) => {
    if (request.path === "/_worker/auth/token") {
      if (request.headers["x-worker-token"] !== "own-token") return { status: 401 };
      const number = orchestrator.of("POST", /auth\/token$/).length;
      valid.token = `access-${number}`;
      return {
        body: { access_token: valid.token, refresh_token: `refresh-${number}`, expires_in: 3600, worker_id: "w" },
      };
    }
    if (request.path === "/_worker/auth/token/refresh") {
      if (soFar > 0) return { status: 401, body: { error: "reuse" } };
      valid.token = "refreshed";
      return { body: { access_token: "refreshed", refresh_token: "refresh-2", expires_in: 3600, worker_id: "w" } };
    }
    if (request.headers["x-worker-token"] !== valid.token) return { status: 401, body: { error: "Unauthorized" } };
    return undefined;
  });
  await worker.start();
  expect(valid.token).toBe("access-1");
  valid.token = "none";
  await seen(() => valid.token).toBe("refreshed");
  expect(orchestrator.of("POST", /refresh$/)[0]?.body).toEqual({ refresh_token: "refresh-1" });
  valid.token = "none";
  await seen(() => valid.token).toBe("access-2");
});

test("a worker that every orchestrator refuses says so; one that is away is waited for", async () => {
  const { worker } = await serve(() => ({ status: 401, body: { error: "Unauthorized: no such token" } }));
  await expect(worker.start()).rejects.toMatchObject({ name: "WireError", status: 401, message: /no such token/ });
  const other = await serve((_request, soFar) => (soFar === 0 ? "hang up" : undefined));
  await other.worker.start();
  expect(other.worker.state().registered).toEqual({ [new URL(other.orchestrator.url).host]: true });
});

test("a worker that was forgotten registers again, and sends its whole catalogue when asked", async () => {
  let forget = false;
  let sync = false;
  const { orchestrator, worker } = await serve(({ method, path }) => {
    if (method !== "PATCH" && !path.endsWith("/next")) return undefined;
    if (forget) {
      forget = false;
      return { status: 404, body: { error: "Worker not found" } };
    }
    if (!sync || method !== "PATCH") return undefined;
    sync = false;
    return { body: { status: "ok", require_full_sync: true } };
  });
  await worker.start();
  await seen(() => orchestrator.of("PATCH", /w$/).length).toBeGreaterThan(0);
  forget = true;
  await seen(() => orchestrator.of("POST", /register$/).length).toBe(2);
  sync = true;
  await seen(
    () => orchestrator.of("PATCH", /w$/).filter(({ body }) => body.supported_skills !== undefined).length,
  ).toBe(1);
  const hashes = new Set(orchestrator.of("PATCH", /w$/).map(({ body }) => body.skills_hash));
  expect([...hashes]).toEqual([orchestrator.of("POST", /register$/)[0]?.body.skills_hash]);
});

const reasons: string[] = [];
const patient = defineSkill({
  name: "work",
  input: z.object({}),
  run: (_input, { signal }) =>
    new Promise<void>((resolve) => {
      signal.addEventListener("abort", () => {
        reasons.push((signal.reason as TaskStopped).reason);
        resolve();
      });
    }),
});

test("a command over the WebSocket stops a task at once; other commands reach the program", async () => {
  const commands: unknown[] = [];
  const { orchestrator, worker } = await serve(
    (request, soFar) => (isPoll(request) && soFar === 0 ? { body: TASK } : undefined),
    patient,
    { websocket: true, heartbeatMs: 600_000, onCommand: (command) => commands.push(command) },
  );
  await worker.start();
  await seen(() => worker.state().running).toBe(1);
  await seen(() => orchestrator.connected()).toBe(1);
  orchestrator.command({ command: "wave", params: { hands: 2 } });
  orchestrator.command({ command: "cancel_task", task_id: "j.1.1", job_id: "j" });
  await seen(() => results(orchestrator)).toMatchObject([{ status: "cancelled" }]);
  expect(reasons.pop()).toBe("cancelled");
  expect(commands).toEqual([{ command: "wave", params: { hands: 2 } }]);
});

test("the deadline is counted from the orchestrator's clock", async () => {
  const { orchestrator, worker } = await serve(
    (request, soFar) => (isPoll(request) && soFar === 0 ? { body: { ...TASK, deadline: 1_001 } } : undefined),
    patient,
  );
  await worker.start();
  await seen(() => results(orchestrator)).toMatchObject([{ status: "failure", error: { code: "TIMEOUT_ERROR" } }]);
  expect(reasons.pop()).toBe("deadline");
});

test("a skill that tells how it missed its deadline is believed", async () => {
  const stuck = defineSkill({
    name: "work",
    input: z.object({}),
    run: (_input, { limitMs, signal }) =>
      new Promise<void>((_resolve, reject) => {
        const error = new SkillError("TIMEOUT_ERROR", `ended after ${limitMs} ms`, { details: { phase: "hard" } });
        signal.addEventListener("abort", () => reject(error));
      }),
  });
  const { orchestrator, worker } = await serve(
    (request, soFar) => (isPoll(request) && soFar === 0 ? { body: { ...TASK, deadline: 1_000.25 } } : undefined),
    stuck,
  );
  await worker.start();
  const error = { code: "TIMEOUT_ERROR", message: "ended after 250 ms", details: { phase: "hard" } };
  await seen(() => results(orchestrator)).toMatchObject([{ status: "failure", error }]);
});

test("a second stop with a shorter limit shortens the first", async () => {
  const { orchestrator, worker } = await serve(
    (request, soFar) => (isPoll(request) && soFar === 0 ? { body: TASK } : undefined),
    patient,
  );
  await worker.start();
  await seen(() => worker.state().running).toBe(1);
  const slow = worker.stop(600_000);
  await seen(() => orchestrator.of("PATCH", /w$/).some(({ body }) => body.status === "draining")).toBe(true);
  await Promise.all([worker.stop(0), slow]);
  expect(reasons.pop()).toBe("drained");
});

test("a worker with an allowance takes no more than that, though a poll came back empty", async () => {
  const allowance = new TaskAllowance(2);
  const { orchestrator, worker } = await serve(
    (request, soFar) => (isPoll(request) && soFar !== 1 ? { body: { ...TASK, task_id: `j.${soFar}.1` } } : undefined),
    work,
    { allowance, concurrency: 2, polls: 2 },
  );
  await worker.start();
  await seen(() => allowance.isSpent && worker.state().unreported === 0).toBe(true);
  await seen(() => results(orchestrator).length).toBe(2);
  expect(worker.state()).toMatchObject({ running: 0, polling: 0 });
});

test("a worker that stops takes no more, gives back what still runs, and says goodbye", async () => {
  const { orchestrator, worker } = await serve(
    (request, soFar) => (isPoll(request) && soFar === 0 ? { body: TASK } : undefined),
    patient,
  );
  await worker.start();
  await seen(() => worker.state().running).toBe(1);
  await worker.stop(50);
  expect(reasons.pop()).toBe("drained");
  expect(results(orchestrator)).toEqual([]);
  const told = orchestrator.of("PATCH", /w$/).map(({ body }) => body.status);
  expect(told).toContain("draining");
  expect(told.at(-1)).toBe("offline");
  expect(orchestrator.of("GET", /next$/)).toHaveLength(1);
});
