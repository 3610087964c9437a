import { describe, expect, it } from "vitest";
import { nextCell } from "@/components/job/inspector/branch-grid";
import {
  defaultStep,
  findStep,
  nextFailure,
  parseStepId,
  queryOf,
  type Selection,
  selectionOf,
} from "@/components/job/selection";
import { viewOf } from "@/lib/apply-event";
import type { HistoryEvent } from "@/lib/job-event";
import type { JsonObject } from "@/lib/json";

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

const enter = (state: string, via?: JsonObject): [HistoryEvent["event_type"], JsonObject] => [
  "state_entered",
  via ? { state, via } : { state },
];

describe("the selection in the address", () => {
  it.each<[string, Selection]>([
    ["", { view: "graph", step: null, branch: null, tab: "overview" }],
    [
      "view=timeline&step=analyse~2&branch=6&tab=output",
      { view: "timeline", step: "analyse~2", branch: 6, tab: "output" },
    ],
    ["step=", { view: "graph", step: "", branch: null, tab: "overview" }],
  ])("is read and written: %s", (query, selection) => {
    expect(selectionOf(new URLSearchParams(query))).toEqual(selection);
    expect(queryOf(selection, new URLSearchParams()).toString()).toBe(new URLSearchParams(query).toString());
  });

  it.each(["view=editor", "branch=-1", "branch=1e9", "branch=99999", "tab=__proto__"])("ignores %s", (query) => {
    expect(selectionOf(new URLSearchParams(query))).toEqual(selectionOf(new URLSearchParams()));
  });

  it("keeps what others put into the address", () => {
    const query = queryOf(selectionOf(new URLSearchParams("view=steps")), new URLSearchParams("from=list&view=graph"));
    expect(query.toString()).toBe("from=list&view=steps");
  });
});

describe("a step's id", () => {
  it("names state and visit, also of states with a tilde", () => {
    expect(parseStepId("a~2")).toEqual({ state: "a", visit: 2 });
    expect(parseStepId("a~b~12")).toEqual({ state: "a~b", visit: 12 });
    expect(parseStepId("never")).toEqual({ state: "never", visit: null });
  });

  it("finds the visit, and the latest one when it names none", () => {
    const job = view(["job_created", {}], enter("a"), enter("b"), enter("a"));
    expect(findStep(job, "a~1")?.entry).toBe(2);
    expect(findStep(job, "a")?.entry).toBe(4);
    expect(findStep(job, "a~3")).toBeNull();
  });
});

describe("what is shown when the address names no step", () => {
  const created: [HistoryEvent["event_type"], JsonObject] = ["job_created", {}];
  const running = [created, enter("a"), enter("b", { from: "a", on: "success" })];
  const failedOnTheWay = [created, enter("a"), enter("b", { from: "a", on: "failure" }), enter("c")];

  it("is the current step of a job that runs", () => {
    expect(defaultStep(view(...running))?.state).toBe("b");
  });

  it("is the first step that failed", () => {
    expect(defaultStep(view(...failedOnTheWay))?.state).toBe("a");
  });

  it("is the whole job when it ended well", () => {
    expect(defaultStep(view(...running, ["job_completed", { outcome: "success" }]))).toBeNull();
  });

  it("goes from failure to failure and begins again", () => {
    const job = view(...failedOnTheWay, enter("d", { from: "c", on: "failure" }));
    expect(nextFailure(job, null)).toBe("a~1");
    expect(nextFailure(job, findStep(job, "a~1"))).toBe("c~1");
    expect(nextFailure(job, findStep(job, "c~1"))).toBe("a~1");
    expect(nextFailure(view(...running), null)).toBeNull();
  });
});

it("moves over the grid of branches by rows and columns, never off it", () => {
  expect(nextCell("ArrowRight", 0, 24, 48)).toBe(1);
  expect(nextCell("ArrowDown", 6, 24, 48)).toBe(30);
  expect(nextCell("ArrowUp", 30, 24, 48)).toBe(6);
  expect(nextCell("ArrowUp", 6, 24, 48)).toBe(-1);
  expect(nextCell("ArrowRight", 47, 24, 48)).toBe(-1);
  expect(nextCell("End", 3, 24, 48)).toBe(47);
  expect(nextCell("x", 3, 24, 48)).toBe(-1);
});
