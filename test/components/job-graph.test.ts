import { describe, expect, it } from "vitest";
import { shortCondition, valuesText, valuesWithPaths } from "@/components/graph/condition-text";
import { edgePath } from "@/components/graph/edge-path";
import { passedOverStates } from "@/components/graph/state-facts";
import { firstViewport, fitted, READABLE_ZOOM } from "@/components/graph/viewport";
import type { GraphEdge, LaidOutGraph } from "@/lib/api/graph";
import { viewOf } from "@/lib/apply-event";
import { jobOverlay } from "@/lib/graph/job-overlay";
import type { HistoryEvent } from "@/lib/job-event";
import type { JsonObject } from "@/lib/json";

const node = (id: string, x: number, y: number): LaidOutGraph["nodes"][number] => ({
  id,
  type: "task",
  label: id,
  description: null,
  start: false,
  outcome: null,
  detail: null,
  task_type: null,
  fan_out: false,
  x,
  y,
  width: 200,
  height: 48,
});

const edge = (from: string, on: string, to: string, rest: Partial<GraphEdge> = {}): GraphEdge => ({
  id: `${from}:${on}`,
  from,
  to,
  on,
  kind: "outcome",
  label: on,
  when: null,
  points: [],
  label_at: null,
  back: false,
  ...rest,
});

const graphOf = (nodes: LaidOutGraph["nodes"], edges: GraphEdge[]): LaidOutGraph => ({
  blueprint_name: "b",
  blueprint_version: 1,
  blueprint_hash: "h",
  width: 600,
  height: 400,
  nodes,
  edges,
});

function view(...entries: [HistoryEvent["event_type"], JsonObject][]) {
  return viewOf(
    entries.map(([event_type, data], index) => ({
      seq: index + 1,
      event_type,
      timestamp: new Date(Date.UTC(2026, 0, 1)).toISOString(),
      state: "",
      data,
    })),
  );
}

describe("an edge", () => {
  it("is a line with rounded corners that ends in a tip", () => {
    const path = edgePath([
      { x: 0, y: 0 },
      { x: 0, y: 50 },
      { x: 100, y: 50 },
    ]);
    expect(path?.line).toBe("M0 0L0 42Q0 50 8 50L94 50");
    expect(path?.tip).toBe("100,50 93,54 93,46");
  });

  it("knows its length, so that dashes of edges that come in the same way fall on each other", () => {
    const straight = edgePath([
      { x: 0, y: 0 },
      { x: 100, y: 0 },
    ]);
    const bent = edgePath([
      { x: 0, y: 0 },
      { x: 0, y: 50 },
      { x: 100, y: 50 },
    ]);
    expect(straight?.length).toBe(94);
    expect(bent?.length).toBeGreaterThan(140);
    expect(bent?.length).toBeLessThan(144);
  });

  it("has no drawing with fewer than two points", () => {
    expect(edgePath([{ x: 0, y: 0 }])).toBeNull();
  });
});

describe("a condition", () => {
  it("is shown without its scope, and cut when it is long", () => {
    expect(shortCondition("state_history.pii_count > 0")).toBe("pii_count > 0");
    expect(shortCondition("a".repeat(60))).toHaveLength(28);
  });

  it("is shown with what it read", () => {
    expect(valuesText({ "state_history.pii_count": 17 })).toBe("17");
    expect(valuesText({ "a.b": [1, 2], "a.c": "x" })).toBe('b=[2], c="x"');
    expect(valuesWithPaths({ "a.b": { c: 1 } })).toBe('a.b = {"c":1}');
  });
});

describe("states that the job will not come to", () => {
  const graph = graphOf(
    [node("a", 0, 0), node("b", 0, 100), node("c", 300, 100)],
    [edge("a", "yes", "b"), edge("a", "no", "c"), edge("b", "failure", "c")],
  );
  const passed = (job: ReturnType<typeof view>, ended = false) => [
    ...passedOverStates(graph, jobOverlay(graph, job), ended),
  ];

  it("are those whose every way was passed over", () => {
    const onItsWay = view(
      ["job_created", {}],
      ["state_entered", { state: "a" }],
      ["state_entered", { state: "b", via: { from: "a", on: "yes" } }],
    );
    expect(passed(onItsWay)).toEqual([]);
    expect(passed(onItsWay, true)).toEqual(["c"]);
  });

  it("are none while the job stands where it failed: it may be retried from there", () => {
    const stands = view(
      ["job_created", {}],
      ["state_entered", { state: "a" }],
      ["job_quarantined", { code: "X", message: "y" }],
    );
    expect(passed(stands)).toEqual([]);
    expect([...jobOverlay(graph, stands).edges.values()].map(({ state }) => state)).toEqual([
      "ahead",
      "ahead",
      "ahead",
    ]);
  });
});

describe("what is seen first", () => {
  it("is the whole drawing, never enlarged, in the middle", () => {
    expect(fitted({ width: 800, height: 648 }, { width: 400, height: 300 })).toEqual({ x: 200, y: 150, zoom: 1 });
  });

  it("is a readable part around the chosen state when the whole would be too small", () => {
    const drawing = { width: 1000, height: 3000 };
    const focus = { x: 400, y: 2800, width: 200, height: 48 };
    const { y, zoom } = firstViewport({ width: 900, height: 700 }, drawing, focus);
    expect(zoom).toBeGreaterThanOrEqual(READABLE_ZOOM);
    expect(focus.y * zoom + y).toBeGreaterThan(0);
    expect((focus.y + focus.height) * zoom + y).toBeLessThan(700);
  });
});
