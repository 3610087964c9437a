import { describe, expect, it } from "vitest";
import { ticksOf, timeScale } from "@/components/job/timeline/time-scale";
import { branchRows, busyStretches, stepRow } from "@/components/job/timeline/timeline-rows";
import { viewOf } from "@/lib/apply-event";
import type { HistoryEvent } from "@/lib/job-event";
import type { JobView, StepView } from "@/lib/job-view";
import type { JsonObject } from "@/lib/json";

const START = Date.UTC(2026, 0, 1);

/** Each entry: second after the start, kind, data. */
function view(...entries: [number, HistoryEvent["event_type"], JsonObject][]): JobView {
  return viewOf(
    entries.map(([second, event_type, data], index) => ({
      seq: index + 1,
      event_type,
      timestamp: new Date(START + second * 1000).toISOString(),
      state: "",
      data,
    })),
  );
}

describe("the axis", () => {
  it("is linear when nothing is collapsed", () => {
    const scale = timeScale(0, 1000, [], false);
    expect([0, 250, 1000].map(scale.at)).toEqual([0, 0.25, 1]);
    expect(scale.at(-5)).toBe(0);
    expect(scale.at(5000)).toBe(1);
  });

  it("draws long quiet stretches small, and never goes back", () => {
    const hour = 3_600_000;
    const scale = timeScale(
      0,
      hour,
      [
        { from: 0, to: 4000 },
        { from: hour - 4000, to: hour },
      ],
      true,
    );
    expect(scale.pauses).toHaveLength(1);
    expect(scale.pauses[0]).toMatchObject({ from: 4000, to: hour - 4000 });
    expect(scale.pauses[0]?.width).toBeCloseTo(0.05);
    expect(scale.at(4000)).toBeCloseTo(0.475);
    expect(scale.at(hour - 4000)).toBeCloseTo(0.525);
    expect(scale.at(hour)).toBeCloseTo(1);
    const shares = Array.from({ length: 500 }, (_, index) => scale.at((hour * index) / 499));
    expect(shares).toEqual([...shares].sort((a, b) => a - b));
  });

  it("keeps most of the width for work, however many pauses there are", () => {
    const busy = Array.from({ length: 9 }, (_, index) => ({ from: index * 100_000, to: index * 100_000 + 10 }));
    const scale = timeScale(0, 800_010, busy, true);
    expect(scale.pauses.reduce((sum, pause) => sum + pause.width, 0)).toBeLessThanOrEqual(0.3 + 1e-9);
  });

  it("labels round offsets, apart from one another and none inside of a pause", () => {
    const hour = 3_600_000;
    const scale = timeScale(
      0,
      hour,
      [
        { from: 0, to: 60_000 },
        { from: hour - 60_000, to: hour },
      ],
      true,
    );
    const ticks = ticksOf(scale);
    expect(ticks.length).toBeGreaterThan(3);
    for (const { ms } of ticks) expect(scale.pauses.some(({ from, to }) => ms >= from && ms < to)).toBe(false);
    const gaps = ticks.slice(1).map(({ at }, index) => at - (ticks[index]?.at ?? 0));
    expect(Math.min(...gaps)).toBeGreaterThanOrEqual(0.09);
  });

  it("does not fail for a job that took no time", () => {
    const scale = timeScale(5, 5, [], true);
    expect(scale.at(5)).toBe(0);
    expect(ticksOf(scale).length).toBeGreaterThan(0);
  });
});

describe("the rows", () => {
  const retried = view(
    [0, "job_created", {}],
    [0, "state_entered", { state: "work" }],
    [0, "task_dispatched", { n: 3072, task_type: "echo" }],
    [2, "task_started", { n: 3072, fence: 1, worker: "w1" }],
    [5, "task_failed", { n: 3072, fence: 1, attempt: 1, final: false, code: "TRANSIENT_ERROR", message: "no" }],
    [5, "task_retry_set", { n: 3072, attempt: 2, due_ms: 4000 }],
    [9, "task_redelivered", { n: 3072, fence: 2, reason: "retry" }],
    [10, "task_started", { n: 3072, fence: 2, worker: "w2" }],
  );

  it("show queue time before each attempt, a retried one outlined, a running one open", () => {
    const { segments } = stepRow(retried.steps[0] as StepView);
    expect(
      segments.map(({ kind, status, from, to, retried: outlined }) => [
        kind,
        status,
        (from - START) / 1000,
        to === null ? null : (to - START) / 1000,
        outlined,
      ]),
    ).toEqual([
      ["queued", "queued", 0, 2, false],
      ["attempt", "failed", 2, 5, true],
      ["queued", "queued", 9, 10, false],
      ["attempt", "running", 10, null, false],
    ]);
  });

  it("count the time between attempts as quiet", () => {
    const busy = busyStretches(retried, START + 20_000).map(({ from, to }) => [
      (from - START) / 1000,
      (to - START) / 1000,
    ]);
    expect(busy).toEqual([
      [0, 0],
      [2, 5],
      [10, 20],
    ]);
  });

  it("put failed branches first, then the slowest", () => {
    const n0 = 3072;
    const job = view(
      [0, "job_created", {}],
      [0, "state_entered", { state: "spread" }],
      [0, "tasks_fanned_out", { n0, count: 4, task_types: ["t"], aggregate_into: "sum", tolerate: 1 }],
      [3, "task_finished", { n: n0, fence: 1, outcome: "success", ms: 10 }],
      [1, "task_failed", { n: n0 + 1, fence: 1, attempt: 1, final: true, code: "X", message: "broken" }],
      [6, "task_finished", { n: n0 + 2, fence: 1, outcome: "success", ms: 10 }],
    );
    const rows = branchRows(job.steps[0] as StepView, START + 60_000);
    expect(rows.map(({ branch, status }) => [branch, status])).toEqual([
      [1, "failed"],
      [3, "queued"],
      [2, "succeeded"],
      [0, "succeeded"],
    ]);
    expect(rows[0]?.note).toBe("broken");
    expect(stepRow(job.steps[0] as StepView)).toMatchObject({ branches: 4, failed: 1 });
  });

  it("show an approval dashed with a mark for each decision", () => {
    const ada = { kind: "operator", id: "1", name: "Ada" };
    const job = view(
      [0, "job_created", {}],
      [0, "state_entered", { state: "review" }],
      [0, "approval_asked", { n: 3072, message: "?", approvers: ["role:admin"], quorum: 2, decisions: ["approved"] }],
      [30, "approval_decided", { n: 3072, decision: "approved", by: ada }],
    );
    const row = stepRow(job.steps[0] as StepView);
    expect(row.segments).toMatchObject([{ kind: "approval", status: "needs_approval", to: null }]);
    expect(row.marks).toEqual([{ kind: "vote", at: START + 30_000, decision: "approved", by: ada }]);
  });
});
