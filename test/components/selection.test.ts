import { describe, expect, it } from "vitest";
import { readApprovers } from "@/components/approvals/approver-words";
import { approvalEvents } from "@/components/approvals/use-approval-history";
import { refusedAt } from "@/components/data/refused-at";
import { jobFilterOf } from "@/components/jobs/job-filter";
import { selectionFilterOf } from "@/components/jobs/selection-of";
import { withRange } from "@/components/jobs/use-row-selection";
import { selectionFilter } from "@/lib/api/bulk";
import type { HistoryEvent } from "@/lib/job-event";

describe("chosen rows", () => {
  const shown = ["a", "b", "c", "d"];
  it("are all from the last one to this one, upwards too", () => {
    expect([...withRange(new Set(["x"]), shown, "b", "d")]).toEqual(["x", "b", "c", "d"]);
    expect([...withRange(new Set(), shown, "d", "b")]).toEqual(["b", "c", "d"]);
    expect([...withRange(new Set(), shown, "gone", "c")]).toEqual(["c"]);
  });
});

describe("the list's filter, frozen", () => {
  it("is what the API takes, and the same jobs", () => {
    const parent = "019a2b3c-4d5e-7f60-8a7b-9c0d1e2f3a4b";
    const query = `status=failed,paused&blueprint=b&label=team%3Dred&time=1h&q=%20x%20&parent=${parent}`;
    const filter = selectionFilterOf(jobFilterOf(new URLSearchParams(query)), Date.UTC(2026, 0, 1, 12));
    expect(filter).toEqual({
      status: ["failed", "paused"],
      blueprint: "b",
      labels: { team: "red" },
      from: "2026-01-01T11:00:00.000Z",
      q: "x",
      parent,
    });
    expect(selectionFilter.safeParse(filter).success).toBe(true);
    expect(selectionFilterOf(jobFilterOf(new URLSearchParams()), 0)).toEqual({});
  });
});

describe("whom a decision is put to", () => {
  it("is read from addresses, roles and groups", () => {
    expect(readApprovers("ana@example.com, admin  group:legal;role:viewer user:b@c.d")).toEqual({
      to: ["user:ana@example.com", "role:admin", "group:legal", "role:viewer", "user:b@c.d"],
      wrong: [],
    });
    expect(readApprovers("nobody, user:x").wrong).toEqual(["nobody", "user:x"]);
  });
});

it("what was refused below a path is told with the rest of the path", () => {
  const refused = [
    { field: "patch.initial_data.boxes", message: "must be 12" },
    { field: "patchwork", message: "not this one" },
  ];
  expect(refusedAt(refused, "patch.initial_data")).toBe("boxes: must be 12");
  expect(refusedAt(refused, "reason")).toBeUndefined();
});

it("an approval's history is its own events alone", () => {
  const event = (seq: number, event_type: HistoryEvent["event_type"], n: number): HistoryEvent => ({
    seq,
    event_type,
    timestamp: "2026-01-01T00:00:00.000Z",
    state: "review",
    data: { n },
  });
  const events = [event(4, "approval_asked", 4096), event(5, "timer_set", 4096), event(6, "approval_decided", 9)];
  expect(approvalEvents(events, 4096).map(({ seq }) => seq)).toEqual([4]);
});
