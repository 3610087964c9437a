import { describe, expect, it } from "vitest";
import { exitWords } from "@/components/job/verbs/exit-words";
import { forkPlaces } from "@/components/job/verbs/fork-places";
import { awaitedSignal, inBar, JOB_VERBS, possibleVerbs, VERB_PERMISSION } from "@/components/job/verbs/job-verbs";
import { viewOf } from "@/lib/apply-event";
import type { BlueprintState } from "@/lib/blueprint/document";
import type { HistoryEvent } from "@/lib/job-event";
import type { JsonObject } from "@/lib/json";
import { ROLE_PERMISSIONS } from "@/lib/roles";

function events(...entries: [HistoryEvent["event_type"], JsonObject][]): HistoryEvent[] {
  return entries.map(([event_type, data], index) => ({
    seq: index + 1,
    event_type,
    timestamp: "2026-01-01T00:00:00.000Z",
    state: "",
    data,
  }));
}

const by = { kind: "operator", id: "1", name: "Ada" };
const begun: [HistoryEvent["event_type"], JsonObject][] = [
  ["job_created", { starter: by }],
  ["state_entered", { state: "wait" }],
];

describe("what can be done with a job", () => {
  it("is to send the signal that it waits for, by its name", () => {
    const view = viewOf(events(...begun, ["wait_started", { signal: "paid" }]));
    expect(awaitedSignal(view, "waiting")).toBe("paid");
    expect(possibleVerbs(view, "waiting")).toEqual(["signal", "pause", "complete", "fork", "priority", "cancel"]);
    expect(awaitedSignal(view, "cancelled")).toBeNull();
  });

  it("depends on how it stands", () => {
    const view = viewOf(events(...begun));
    expect(possibleVerbs(view, "paused")).toEqual(["resume", "complete", "fork", "priority", "cancel"]);
    expect(possibleVerbs(view, "succeeded")).toEqual(["fork"]);
    expect(possibleVerbs(view, "failed")).toEqual(["retry", "fork"]);
    const quarantined = possibleVerbs(view, "quarantined");
    expect(quarantined).toEqual(["retry", "requeue", "complete", "fork", "priority", "giveUp", "cancel"]);
    expect(inBar(quarantined)).toEqual({
      buttons: ["retry", "requeue"],
      menu: ["complete", "fork", "priority", "giveUp"],
      cancel: true,
    });
  });

  it("is nothing for who may only look, and everything for an operator", () => {
    for (const verb of JOB_VERBS) {
      expect(ROLE_PERMISSIONS.viewer).not.toContain(VERB_PERMISSION[verb]);
      expect(ROLE_PERMISSIONS.operator).toContain(VERB_PERMISSION[verb]);
    }
  });

  it("shows a pause at once, and forgets it when the job ends", () => {
    const paused = events(...begun, ["job_paused", { by, reason: "later" }]);
    expect(viewOf(paused).paused).toMatchObject({ by, reason: "later" });
    const ended = events(...begun, ["job_paused", { by }], ["job_cancelled", { by }]);
    expect(viewOf(ended).paused).toBeNull();
  });
});

describe("the words that lead out of a step", () => {
  it("are those of its state", () => {
    const wait: BlueprintState = { type: "wait", signal: "go", transitions: { received: "a", timeout: "b" } };
    expect(exitWords(wait, [], 2)).toEqual([
      { word: "received", to: "a" },
      { word: "timeout", to: "b" },
    ]);
    const handler: BlueprintState = { type: "handler", handler: "h", to: ["a", "b"] };
    expect(exitWords(handler, [], 2).map(({ word }) => word)).toEqual(["a", "b"]);
    expect(exitWords({ type: "end", outcome: "success" }, [], 2)).toEqual([]);
  });

  it("are those of the action, once its handler has decided in this entry", () => {
    const handler: BlueprintState = { type: "handler", handler: "h", to: ["a", "b", "c"] };
    const action = { type: "dispatch_task", task_type: "t", transitions: { success: "c" } };
    const returned = events(...begun, ["handler_returned", { entry: 2, action }]);
    expect(exitWords(handler, returned, 2)).toEqual([{ word: "success", to: "c" }]);
    expect(exitWords(handler, returned, 3)).toHaveLength(3);
  });
});

it("a fork may begin at every visit, and where the job never was", () => {
  const view = viewOf(events(...begun, ["state_entered", { state: "again" }], ["state_entered", { state: "wait" }]));
  expect(forkPlaces(view, ["wait", "again", "never"])).toEqual([
    { state: "wait", visit: 1, seq: 2, visits: 2 },
    { state: "again", visit: 1, seq: 3, visits: 1 },
    { state: "wait", visit: 2, seq: 4, visits: 2 },
    { state: "never", visit: null, seq: null, visits: 0 },
  ]);
});
