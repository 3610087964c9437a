import { expect, it } from "vitest";
import { viewOf } from "@/lib/apply-event";
import type { BlueprintDocument } from "@/lib/blueprint/document";
import { blueprintGraph } from "@/lib/blueprint/graph";
import { jobOverlay } from "@/lib/graph/job-overlay";
import type { HistoryEvent } from "@/lib/job-event";
import { MemoryJob } from "@/test/engine/decide-harness";

const document: BlueprintDocument = {
  name: "path",
  states: {
    route: {
      type: "choice",
      start: true,
      cases: [
        { when: "initial_data.n > 10", to: "big" },
        { when: "initial_data.n > 1", to: "work" },
      ],
      default: "done",
    },
    big: { type: "set", values: {}, to: "done" },
    work: { type: "task", task_type: "t", transitions: { success: "done", again: "route" } },
    done: { type: "end", outcome: "success" },
  },
};

/** The history of a job that the real engine decided. */
function historyOf(job: MemoryJob): HistoryEvent[] {
  return job.events.map(({ seq, kind, data }) => ({
    seq,
    event_type: kind,
    timestamp: "2026-01-01T00:00:00Z",
    state: "",
    data: data as never,
  }));
}

it("colours the path taken, the branches passed over, and what the conditions read", () => {
  const graph = blueprintGraph(document);
  const job = new MemoryJob(document, { n: 5 });
  const overlay = () => jobOverlay(graph, viewOf(historyOf(job)));
  const states = () => Object.fromEntries([...overlay().edges].map(([id, edge]) => [id, edge.state]));
  expect(states()).toEqual({
    "route:cases[0].to": "untaken",
    "route:cases[1].to": "taken",
    "route:default": "untaken",
    "big:to": "ahead",
    "work:transitions.success": "ahead",
    "work:transitions.again": "ahead",
  });
  expect(overlay().edges.get("route:cases[0].to")?.condition).toMatchObject({
    result: false,
    values: { "initial_data.n": 5 },
  });
  expect(overlay().nodes.get("work")).toMatchObject({ status: "queued", visits: 1 });
  expect(overlay().nodes.get("big")).toMatchObject({ status: "not_reached", step: null });
  job.answer("again");
  expect(states()).toMatchObject({ "work:transitions.again": "taken", "work:transitions.success": "ahead" });
  expect(overlay().nodes.get("work")?.visits).toBe(2);
  job.answer("success");
  expect(states()["work:transitions.success"]).toBe("taken");
  expect(overlay().nodes.get("done")?.status).toBe("succeeded");
});
