import { afterAll, beforeAll, expect, test } from "vitest";
import { explainAnswer } from "@/lib/api/explain";
import { type ApiHost, hostApi } from "@/test/http/api-host";
import { httpWorker } from "@/test/http/http-worker";

const done = { type: "end", outcome: "success" };
const failed = { type: "end", outcome: "failure" };
const one = (name: string, state: object) => {
  const ends = JSON.stringify(state).includes('"failed"') ? { done, failed } : { done };
  return { name, states: { wait: { start: true, ...state }, ...ends } };
};

let api: ApiHost;
beforeAll(async () => {
  api = await hostApi();
  const transitions = { success: "done", failure: "failed" };
  await api.put(
    one("for_signal", {
      type: "wait",
      signal: "go",
      timeout_seconds: 600,
      to: "done",
      transitions: { timeout: "failed" },
    }),
  );
  await api.put(one("for_time", { type: "wait", seconds: 600, to: "done" }));
  await api.put(
    one("for_people", {
      type: "approval",
      message: "Go?",
      deadline_seconds: 600,
      escalate: [{ after_seconds: 60, to: ["role:admin"] }],
      transitions: { approved: "done", rejected: "failed", expired: "failed" },
    }),
  );
  await api.put(
    one("for_worker", {
      type: "task",
      task_type: "absent",
      dispatch_timeout_seconds: 600,
      transitions: { success: "done" },
    }),
  );
  await api.put(one("for_child", { type: "child", blueprint: "for_worker", input: {}, transitions }));
  await api.put(one("breaks", { type: "task", task_type: "breaks", transitions: { success: "done" } }));
  await api.put(one("for_broken_child", { type: "child", blueprint: "breaks", input: {}, transitions }));
  await api.put(
    one("again", {
      type: "task",
      task_type: "flaky",
      retry: { max_attempts: 3, base_ms: 20_000, jitter: false },
      transitions: { success: "done" },
    }),
  );
});
afterAll(() => api?.stop());

async function explained(id: string) {
  const { status, body } = await api.call("GET", `/api/v1/jobs/${id}/explain`);
  expect([status, explainAnswer.safeParse(body).error]).toEqual([200, undefined]);
  return body;
}

test("a job that waits for a signal names it, until when, and the operation that sends it", async () => {
  const id = await api.start("for_signal");
  await api.until(id, "waiting");
  const { waiting, complete_with } = await explained(id);
  expect(waiting).toMatchObject([{ kind: "signal", state: "wait", waits_for: { name: "go" } }]);
  expect(waiting[0].sentence).toMatch(/^Waits for the signal 'go', until 2/);
  const [signal, timeout] = waiting[0].ends_by;
  expect(signal).toEqual({ what: "signal", at: null, how: `POST /api/v1/jobs/${id}/signals/go` });
  expect(Date.parse(timeout.at) - Date.parse(waiting[0].since)).toBe(600_000);
  expect(complete_with).toEqual(["next", "timeout"]);
  // What it says would end it does.
  expect((await api.call("POST", signal.how.split(" ")[1])).body.status).toBe("finished");
  expect(await explained(id)).toMatchObject({ key: "ended", waiting: [] });
});

test("a job that waits for a timer says when it is due", async () => {
  const id = await api.start("for_time");
  await api.until(id, "waiting");
  const { waiting, now } = await explained(id);
  expect(waiting).toMatchObject([{ kind: "timer" }]);
  const due = Date.parse(waiting[0].waits_for.due_at);
  expect(due - Date.parse(waiting[0].since)).toBe(600_000);
  expect(due).toBeGreaterThan(Date.parse(now));
});

test("a job that waits for people says who, how many are needed, the deadline and whom it escalates to", async () => {
  const id = await api.start("for_people");
  await api.until(id, "waiting_for_human");
  const [step] = (await explained(id)).waiting;
  expect(step).toMatchObject({
    kind: "approval",
    waits_for: {
      approvers: ["role:approver", "client:owner"],
      quorum: 1,
      votes: [],
      next_escalation: { to: ["role:admin"] },
    },
  });
  const decide = step.ends_by[0].how.split(" ")[1];
  expect((await api.call("POST", decide, { decision: "approved" })).status).toBe(200);
});

test("a job that waits for a worker says that none is there, then how many and what is ahead", async () => {
  const id = await api.start("for_worker");
  await api.until(id, "waiting_for_worker");
  const [none] = (await explained(id)).waiting;
  expect(none).toMatchObject({
    kind: "worker",
    key: "worker_none",
    task: { task_type: "absent", attempt: 1 },
    waits_for: { workers: { live: 0 }, queue_paused: false },
  });
  expect(none.ends_by.map((end: { what: string }) => end.what)).toEqual(["worker", "dispatch_timeout", "complete"]);
  const worker = await httpWorker(api, "late", ["absent"]);
  expect((await explained(id)).waiting[0]).toMatchObject({ waits_for: { workers: { live: 1 } } });
  await api.deps.database.pool.query("insert into queues (type, paused_at) values ('absent', now())");
  expect((await explained(id)).waiting[0]).toMatchObject({ key: "queue_paused" });
  await api.deps.database.pool.query("delete from queues");
  const task = await worker.next();
  await expect
    .poll(async () => (await explained(id)).waiting[0], { timeout: 60_000 })
    .toMatchObject({
      kind: "task_running",
      waits_for: { worker: "late", worker_live: true },
    });
  await worker.succeed(task, {});
  await api.until(id, "finished");
});

test("a job that waits for a child explains the child one level down, in quarantine too", async () => {
  const id = await api.start("for_child");
  await api.until(id, "waiting_for_sub_job");
  const [step] = (await explained(id)).waiting;
  expect(step).toMatchObject({
    kind: "child",
    waits_for: {
      explained: { blueprint_name: "for_worker", status: "waiting_for_worker", waiting: [{ kind: "worker" }] },
    },
  });
  const children = await api.call("GET", `/api/v1/jobs/${id}/children`);
  expect(children.body).toMatchObject([{ job_id: step.waits_for.job_id, blueprint_name: "for_worker" }]);
  const child = (await api.call("GET", `/api/v1/jobs/${step.waits_for.job_id}`)).body;
  expect(child.parent).toEqual({
    job_id: id,
    blueprint_name: "for_child",
    status: "waiting_for_sub_job",
    state: "wait",
  });

  const broken = await api.start("for_broken_child");
  const worker = await httpWorker(api, "breaker", ["breaks"]);
  await worker.fail(await worker.next(), "PERMANENT_ERROR", "does not fit");
  await expect
    .poll(async () => (await explained(broken)).waiting[0], { timeout: 60_000 })
    .toMatchObject({
      key: "child_quarantined",
      waits_for: { explained: { status: "quarantined", sentence: "Stands in quarantine: does not fit" } },
    });
});

test("a job that waits for its next attempt says when and why, a paused one who paused it", async () => {
  const id = await api.start("again");
  const worker = await httpWorker(api, "flaky", ["flaky"]);
  await worker.fail(await worker.next(), "TRANSIENT_ERROR", "no line");
  await api.until(id, "awaiting_retry");
  const [step] = (await explained(id)).waiting;
  expect(step).toMatchObject({
    kind: "retry",
    waits_for: { next_attempt: 2, max_attempts: 3, last_error: { code: "TRANSIENT_ERROR", message: "no line" } },
  });
  expect(Date.parse(step.waits_for.due_at) - Date.parse(step.since)).toBe(20_000);
  await api.call("POST", `/api/v1/jobs/${id}/pause`, { reason: "line is mended" });
  expect((await explained(id)).waiting).toMatchObject([
    { kind: "paused", sentence: "Was paused by environment: line is mended", waits_for: { by: { kind: "client" } } },
  ]);
});

test("a job that waits in the backlog says how many are ahead of it", async () => {
  const other = await hostApi({ redis: false });
  try {
    await other.put(one("queued", { type: "task", task_type: "absent", transitions: { success: "done" } }));
    const first = await other.start("queued");
    const second = await other.start("queued");
    const urgent = (await other.call("POST", "/api/v1/jobs/queued", { initial_data: {}, priority: 5 })).body.job_id;
    const ahead = async (id: string) => {
      const [step] = (await other.call("GET", `/api/v1/jobs/${id}/explain`)).body.waiting;
      return [step.kind, step.waits_for.ahead, step.waits_for.announced];
    };
    expect([await ahead(urgent), await ahead(first), await ahead(second)]).toEqual([
      ["worker", 0, false],
      ["worker", 1, false],
      ["worker", 2, false],
    ]);
  } finally {
    await other.stop();
  }
});

test("what belongs to somebody else is not explained", async () => {
  const id = await api.start("for_time");
  const token = await api.client("curious");
  expect((await api.call("GET", `/api/v1/jobs/${id}/explain`, undefined, { token })).status).toBe(404);
});
