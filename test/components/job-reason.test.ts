import { describe, expect, it } from "vitest";
import { resultPath, shortId, statusOf } from "@/components/job/job-facts";
import { reasonOf } from "@/components/job/reason";
import { stepRows } from "@/components/job/step-rows";
import type { JobDetail } from "@/lib/api/job";
import { viewOf } from "@/lib/apply-event";
import type { HistoryEvent } from "@/lib/job-event";
import type { JsonObject } from "@/lib/json";

const ID = "019a2b3c-4d5e-7f60-8a7b-9c0d1e2f3a4b";

function detail(change: Partial<JobDetail>): JobDetail {
  return {
    id: ID,
    job_id: ID,
    status: "running",
    display_status: "running",
    state: "work",
    current_state: "work",
    blueprint_name: "b",
    blueprint_version: 1,
    blueprint_id: 1,
    blueprint_hash: "h",
    version: 100,
    entry: 2,
    created_at: "2026-01-01T00:00:00.000Z",
    updated_at: "2026-01-01T00:00:01.000Z",
    finished_at: null,
    labels: {},
    waiting_for: null,
    error: null,
    error_message: null,
    progress: null,
    progress_message: null,
    client_name: "c",
    client_id: 1,
    process_id: null,
    starter: null,
    parent_id: null,
    input: {},
    result: null,
    transitions: 1,
    metadata: null,
    webhook_url: null,
    approval_id: null,
    priority: null,
    paused: null,
    parent: null,
    children: 0,
    forked_from: null,
    forks: [],
    can: {
      cancel: true,
      retry: false,
      pause: true,
      resume: false,
      requeue: false,
      give_up: false,
      complete: true,
      prioritise: true,
      fork: true,
      signal: false,
    },
    ...change,
  };
}

function view(...entries: [HistoryEvent["event_type"], JsonObject][]) {
  return viewOf(
    entries.map(([event_type, data], index) => ({
      seq: index + 1,
      event_type,
      timestamp: new Date(Date.UTC(2026, 0, 1, 0, 0, index)).toISOString(),
      state: "",
      data,
    })),
  );
}

const begun: [HistoryEvent["event_type"], JsonObject][] = [
  ["job_created", {}],
  ["state_entered", { state: "work" }],
];
const dispatched: typeof begun = [...begun, ["task_dispatched", { n: 3072, task_type: "echo" }]];

describe("the reason above the views", () => {
  it("is none for a job that plainly runs", () => {
    expect(reasonOf(detail({}), view(...begun), "running")).toBeNull();
  });

  it("names who is asked, how many have answered, until when, and where to decide", () => {
    const job = view(...begun, [
      "approval_asked",
      {
        n: 3072,
        message: "Pay?",
        approvers: ["role:finance"],
        quorum: 2,
        decisions: ["approved"],
        deadline_ms: 60_000,
      },
    ]);
    expect(reasonOf(detail({ approval_id: `${ID}.3072` }), job, "needs_approval")).toEqual({
      kind: "approval",
      approvers: ["role:finance"],
      votes: 0,
      quorum: 2,
      message: "Pay?",
      due: "2026-01-01T00:01:02.000Z",
      path: `/approvals/${ID}.3072`,
    });
  });

  it("names the attempt that is next, when it is, and what went wrong", () => {
    const job = view(
      ...dispatched,
      ["task_failed", { n: 3072, fence: 1, attempt: 1, final: false, code: "TIMEOUT_ERROR", message: "slow" }],
      ["task_retry_set", { n: 3072, attempt: 2, due_ms: 5000 }],
    );
    expect(reasonOf(detail({}), job, "retrying")).toEqual({
      kind: "retrying",
      task: "echo",
      attempt: 2,
      due: "2026-01-01T00:00:09.000Z",
      error: { code: "TIMEOUT_ERROR", message: "slow" },
    });
  });

  it("tells a queue with workers from one where nobody listens", () => {
    const waiting = (kind: "worker" | "no_worker") => detail({ waiting_for: { kind, detail: "echo", until: null } });
    const job = view(...dispatched);
    expect(reasonOf(waiting("worker"), job, "queued")).toMatchObject({ kind: "queued", listening: true });
    expect(reasonOf(waiting("no_worker"), job, "queued")).toMatchObject({ kind: "queued", listening: false });
  });

  it("leads from an end with the outcome failure to the step that led there", () => {
    const job = view(
      ...begun,
      ["state_entered", { state: "rejected", via: { from: "work", on: "failure" } }],
      ["job_completed", { outcome: "failure" }],
    );
    expect(reasonOf(detail({ state: "rejected" }), job, "failed")).toMatchObject({
      kind: "failed",
      state: "rejected",
      step: "work~1",
      from: "work",
      on: "failure",
    });
  });

  it("shows the error of a job that failed in a step", () => {
    const error = { code: "X", message: "y", state: "work" };
    const job = view(...begun, ["job_failed", { code: "X", message: "y" }]);
    expect(reasonOf(detail({ error }), job, "failed")).toMatchObject({
      kind: "failed",
      error,
      step: "work~1",
      from: null,
    });
  });

  it("counts the branches that failed while others run", () => {
    const job = view(
      ...begun,
      ["tasks_fanned_out", { n0: 3072, count: 3, task_types: ["t"], aggregate_into: "sum", tolerate: 2 }],
      ["task_failed", { n: 3073, fence: 1, attempt: 1, final: true, code: "X", message: "y" }],
    );
    expect(reasonOf(detail({}), job, "running")).toMatchObject({
      kind: "branchesFailed",
      failed: 1,
      done: 1,
      total: 3,
    });
  });

  it("says who cancelled and why", () => {
    const by = { kind: "operator", id: "1", name: "Ada" };
    const job = view(...begun, ["job_cancelled", { by, reason: "twice" }]);
    expect(reasonOf(detail({}), job, "cancelled")).toEqual({ kind: "cancelled", by, why: "twice" });
  });
});

it("takes the status from the events as soon as they are ahead of the small request", () => {
  const job = view(...begun, ["job_completed", { outcome: "success" }]);
  expect(statusOf(detail({ version: 2, display_status: "running" }), job)).toBe("succeeded");
  expect(statusOf(detail({ version: 3, display_status: "failed" }), job)).toBe("failed");
});

it.each([
  [{ url: "/reports/7" }, "/reports/7"],
  [{ url: "https://evil.example/reports/7" }, null],
  [{ url: "//evil.example" }, null],
  [{ url: "javascript:alert(1)" }, null],
  [{ url: 7 }, null],
  ["/reports/7", null],
])("opens a result only on this site: %j", (result, path) => {
  expect(resultPath(detail({ result: result as JobDetail["result"] }))).toBe(path);
});

it("shortens an id so that its ends can be told apart", () => {
  expect(shortId(ID)).toBe("019a2b3c…2f3a4b");
});

it("lists visits in their order, then what was not reached", () => {
  const node = { x: 0, y: 0, width: 1, height: 1, description: null, outcome: null, detail: null, task_type: null };
  const nodes = ["work", "later"].map((id) => ({
    ...node,
    id,
    label: id,
    type: "task" as const,
    start: false,
    fan_out: false,
  }));
  const job = view(...dispatched, ["task_started", { n: 3072, fence: 1, worker: "w1" }]);
  expect(stepRows(job, nodes)).toMatchObject([
    { id: "work~1", status: "running", attempts: 1, workers: ["w1"], type: "task" },
    { id: "later", status: "not_reached", attempts: 0 },
  ]);
});
