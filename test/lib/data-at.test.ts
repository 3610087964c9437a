import { expect, it } from "vitest";
import type { HistoryEvent } from "@/lib/job-event";
import type { JsonObject } from "@/lib/json";
import { stateHistoryAt } from "@/lib/view/data-at";

function history(...entries: [HistoryEvent["event_type"], string, JsonObject][]): HistoryEvent[] {
  return entries.map(([event_type, state, data], index) => ({
    seq: index + 1,
    event_type,
    state,
    timestamp: "2026-01-01T00:00:00.000Z",
    data,
  }));
}

it("gathers what each step gave, up to the event that is asked for", () => {
  const events = history(
    ["context_set", "a", { set: { total: 42, late: 1 } }],
    ["task_finished", "b", { n: 2 * 1024, fence: 1, outcome: "success", r: { n: 7 } }],
    ["task_finished", "c", { n: 3 * 1024, fence: 1, outcome: "success", r: "plain" }],
    ["signal_received", "d", { name: "go", payload: { paid: true } }],
    ["step_completed", "e", { outcome: "next", data: { by: "hand" } }],
    ["job_requeued", "e", { set: { total: 43 }, unset: ["late"] }],
  );
  expect(stateHistoryAt(events, 2)).toEqual({ total: 42, late: 1, n: 7 });
  expect(stateHistoryAt(events, 99)).toEqual({ total: 43, n: 7, c: "plain", d: { paid: true }, by: "hand" });
});

it("leaves out what branches give: their gathering tells it", () => {
  const events = history(
    ["tasks_fanned_out", "spread", { n0: 1024, count: 2, task_types: ["t"], aggregate_into: "x", tolerate: 0 }],
    ["task_finished", "spread", { n: 1025, fence: 1, outcome: "success", r: { lost: true } }],
    ["context_set", "spread", { set: { results: [1] } }],
  );
  expect(stateHistoryAt(events, 3)).toEqual({ results: [1] });
});

it("keeps how a child ended under the name of its state", () => {
  const ended = { n: 1024, child: "c1", status: "finished", outcome: "success", result: { ok: 1 } };
  expect(stateHistoryAt(history(["child_ended", "sub", ended]), 1)).toEqual({
    sub: { job_id: "c1", status: "finished", outcome: "success", result: { ok: 1 }, error: null },
  });
});
