import { describe, expect, it } from "vitest";
import { applyEvents, hasGap, viewOf } from "@/lib/apply-event";
import type { HistoryEvent } from "@/lib/job-event";
import { branchCounts, emptyJobView } from "@/lib/job-view";
import type { JsonObject } from "@/lib/json";

const at = (second: number) => new Date(Date.UTC(2026, 0, 1, 0, 0, second)).toISOString();

/** A history from kinds and data; one second apart. */
function history(...entries: [HistoryEvent["event_type"], JsonObject][]): HistoryEvent[] {
  return entries.map(([event_type, data], index) => ({
    seq: index + 1,
    event_type,
    timestamp: at(index),
    state: "",
    data,
  }));
}

const started: [HistoryEvent["event_type"], JsonObject][] = [["job_created", { starter: { kind: "client", id: "1" } }]];

describe("a task", () => {
  const events = history(
    ...started,
    ["state_entered", { state: "work" }],
    ["task_dispatched", { n: 3072, task_type: "echo" }],
    ["task_failed", { n: 3072, fence: 1, attempt: 1, final: false, code: "TRANSIENT_ERROR", message: "x", ms: 500 }],
    ["task_retry_set", { n: 3072, attempt: 2, due_ms: 2000 }],
    ["task_redelivered", { n: 3072, fence: 2, reason: "retry" }],
    ["task_started", { n: 3072, fence: 2, worker: "w1" }],
    ["task_finished", { n: 3072, fence: 2, outcome: "success", r: { a: 1 }, worker: "w1", ms: 900 }],
    ["state_entered", { state: "done", via: { from: "work", on: "success" } }],
    ["job_completed", { outcome: "success" }],
  );

  it.each([
    [3, "queued"],
    [5, "retrying"],
    [6, "queued"],
    [7, "running"],
    [8, "succeeded"],
  ])("after event %i is %s", (count, status) => {
    expect(viewOf(events.slice(0, count)).steps[0]?.status).toBe(status);
  });

  it("keeps its attempts with queue and run times", () => {
    const [first, second] = viewOf(events).steps[0]?.tasks[0]?.attempts ?? [];
    expect(first).toMatchObject({
      attempt: 1,
      outcome: "failure",
      startedAt: new Date(Date.parse(at(3)) - 500).toISOString(),
      retryAt: at(6),
    });
    expect(second).toMatchObject({
      attempt: 2,
      fence: 2,
      queuedAt: at(5),
      startedAt: at(6),
      endedAt: at(7),
      worker: "w1",
    });
  });

  it("knows the path, what was added, and the end", () => {
    const view = viewOf(events);
    expect(view.edges).toEqual([{ from: "work", to: "done", on: "success", entry: 9 }]);
    expect(view.steps[0]?.patch).toEqual({ a: 1 });
    expect(view).toMatchObject({ ended: "succeeded", endedAt: at(9), version: 10 });
  });

  it("gives the same view however the events are batched", () => {
    const whole = viewOf(events);
    for (let cut = 0; cut <= events.length; cut++) {
      const part = applyEvents(viewOf(events.slice(0, cut)), events.slice(Math.max(0, cut - 2)));
      expect(part).toEqual(whole);
    }
  });

  it("ignores what it has, stops at a gap, and leaves the old view alone", () => {
    const view = viewOf(events.slice(0, 3));
    expect(applyEvents(view, events.slice(0, 2))).toBe(view);
    expect(applyEvents(view, events.slice(4))).toBe(view);
    expect(hasGap(view, events.slice(4))).toBe(true);
    expect(hasGap(view, events)).toBe(false);
    const before = structuredClone(view);
    applyEvents(view, events);
    expect(view).toEqual(before);
  });
});

it("a lost hand-out is an attempt of its own that burned nothing", () => {
  const view = viewOf(
    history(
      ...started,
      ["state_entered", { state: "a" }],
      ["task_dispatched", { n: 3072, task_type: "t" }],
      ["task_redelivered", { n: 3072, fence: 2, reason: "lost", worker: "w" }],
    ),
  );
  expect(view.steps[0]?.tasks[0]?.attempts).toMatchObject([
    { attempt: 1, fence: 1, outcome: "lost" },
    { attempt: 1, fence: 2, outcome: null },
  ]);
});

it("a fan-out counts its branches", () => {
  const view = viewOf(
    history(
      ...started,
      ["state_entered", { state: "fan" }],
      ["tasks_fanned_out", { n0: 3072, count: 4, task_types: ["t"], aggregate_into: "sum", tolerate: 1 }],
      ["task_finished", { n: 3073, fence: 1, outcome: "success" }],
      ["task_failed", { n: 3072, fence: 1, attempt: 1, final: true, code: "PERMANENT_ERROR", message: "no" }],
      ["task_started", { n: 3075, fence: 1, worker: "w" }],
    ),
  );
  expect(view.steps[0] && branchCounts(view.steps[0])).toEqual({ succeeded: 1, failed: 1, running: 1, queued: 1 });
  expect(view.steps[0]?.status).toBe("running");
});

it("an approval shows its votes and how it ended", () => {
  const ana = { kind: "operator", id: "1", name: "Ana" };
  const asked = {
    n: 3072,
    message: "Go?",
    approvers: ["role:approver"],
    quorum: 1,
    decisions: ["approved"],
    deadline_ms: 5000,
  };
  const open = history(...started, ["state_entered", { state: "ask" }], ["approval_asked", asked]);
  expect(viewOf(open).steps[0]).toMatchObject({
    status: "needs_approval",
    approval: { deadlineAt: at(7), ended: null },
  });
  const decided = history(
    ...started,
    ["state_entered", { state: "ask" }],
    ["approval_asked", asked],
    ["approval_decided", { n: 3072, decision: "approved", by: ana, comment: "fine" }],
    ["state_entered", { state: "done", via: { from: "ask", on: "approved" } }],
  );
  expect(viewOf(decided).steps[0]?.approval).toMatchObject({
    ended: "approved",
    votes: [{ by: ana, comment: "fine" }],
  });
});

it.each([
  ["job_cancelled", { by: { kind: "operator", id: "1" } }, "cancelled"],
  ["job_quarantined", { code: "X", message: "m" }, "quarantined"],
  ["job_failed", { code: "X", message: "m" }, "failed"],
] as const)("%s ends the current step", (kind, data, status) => {
  const view = viewOf(history(...started, ["state_entered", { state: "a" }], [kind, data as JsonObject]));
  expect(view.ended).toBe(status);
  expect(view.steps[0]?.status).toBe(status);
});

it("an empty view is at version 0", () => {
  expect(viewOf([])).toEqual(emptyJobView());
});
