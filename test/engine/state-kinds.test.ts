import { describe, expect, it } from "vitest";
import type { BlueprintDocument, BlueprintState, StateType } from "@/lib/blueprint/document";
import type { JobStatus } from "@/lib/job-status";
import type { JsonObject } from "@/lib/json";
import { compileBlueprint } from "@/server/engine/blueprint/compile";
import type { Surroundings } from "@/server/engine/change";
import type { Signal } from "@/server/engine/signal";
import { AROUND, JOB_ID, MemoryJob } from "./decide-harness";

const KID: BlueprintDocument = {
  name: "kid",
  states: {
    work: { type: "task", start: true, task_type: "a", transitions: { success: "done" } },
    done: { type: "end", outcome: "success" },
  },
};
const kid = { id: 9, name: "kid", compiled: compileBlueprint(KID) };
const around: Surroundings = { ...AROUND, childBlueprint: (name) => (name === "kid" ? kid : null) };
const by = { kind: "operator", id: "ana" } as const;

/** The state between a start and ends that show which way it was left. */
function jobIn(state: BlueprintState, input: JsonObject = {}): MemoryJob {
  const states: BlueprintDocument["states"] = {
    state: { ...state, start: true } as BlueprintState,
    yes: { type: "end", outcome: "success" },
    no: { type: "end", outcome: "failure" },
    other: { type: "end", outcome: "success" },
  };
  return new MemoryJob({ name: "kinds", states }, input, around);
}

/** The next thing that its surroundings say to the job. */
type Word = (job: MemoryJob) => Signal;
const result =
  (outcome: string, index = 0): Word =>
  ({ job }) => {
    const task = [...job.tasks.values()][index];
    return { kind: "task_result", jobId: JOB_ID, no: task?.no ?? 0, fence: task?.fence ?? 0, worker: "w", outcome };
  };
const permanent: Word = (job) => ({
  ...(result("failure")(job) as Extract<Signal, { kind: "task_result" }>),
  error: { code: "PERMANENT_ERROR", message: "broken" },
});
const decided =
  (decision: string): Word =>
  ({ job }) => ({ kind: "approval_decided", jobId: JOB_ID, no: job.approval?.no ?? 0, decision, by });
const timer =
  (key: string): Word =>
  () => ({ kind: "timer_fired", jobId: JOB_ID, key });
const signal =
  (name: string): Word =>
  () => ({ kind: "signal_sent", jobId: JOB_ID, name, by });
const childEnds =
  (status: JobStatus): Word =>
  ({ job }) => ({ kind: "child_ended", jobId: JOB_ID, no: job.child?.no ?? 0, child: job.child?.id ?? "", status });
const event: Word = ({ job }) => {
  const task = [...job.tasks.values()][0];
  return {
    kind: "worker_event",
    jobId: JOB_ID,
    no: task?.no ?? 0,
    fence: task?.fence ?? 0,
    worker: "w",
    eventType: "low",
  };
};
const goesTo =
  (to: string): Word =>
  ({ job }) => ({
    kind: "handler_returned",
    jobId: JOB_ID,
    entry: job.entry,
    action: { type: "transition_to", to },
    set: {},
    unset: [],
  });
const threw: Word = ({ job }) => ({ kind: "handler_failed", jobId: JOB_ID, entry: job.entry, message: "it threw" });

const transitions = { success: "yes", failure: "no" };
const task: BlueprintState = { type: "task", task_type: "a", transitions, on_event: { low: "other" } };
const two: BlueprintState = {
  type: "parallel",
  tasks: [{ task_type: "a" }, { task_type: "b" }],
  aggregate_into: "yes",
  transitions: { failure: "no" },
};
const each: BlueprintState = {
  type: "parallel",
  for_each: "${initial_data.items}",
  task: { task_type: "a" },
  aggregate_into: "yes",
};
const approval: BlueprintState = {
  type: "approval",
  message: "?",
  deadline_seconds: 9,
  transitions: { approved: "yes", rejected: "no", expired: "other" },
};
const child: BlueprintState = { type: "child", blueprint: "kid", transitions };
const awaited: BlueprintState = {
  type: "wait",
  signal: "go",
  timeout_seconds: 9,
  transitions: { received: "yes", timeout: "no" },
};
const handler: BlueprintState = { type: "handler", handler: "think", to: ["yes", "no"] };
const choice: BlueprintState = { type: "choice", cases: [{ when: "initial_data.n > 1", to: "yes" }], default: "no" };

/** kind, how it is left, the state, its input, what the job waits for meanwhile (null: nothing), what comes, where it then is */
type Row = [
  kind: StateType,
  row: string,
  state: BlueprintState,
  input: JsonObject,
  waits: JobStatus | null,
  words: Word[],
  ends: string,
];
const TABLE: Row[] = [
  ["handler", "an action", handler, {}, "running", [goesTo("yes")], "yes"],
  [
    "handler",
    "an exception is tried again after a backoff",
    handler,
    {},
    "running",
    [threw, timer("handler"), goesTo("no")],
    "no",
  ],
  [
    "handler",
    "three exceptions: quarantine",
    handler,
    {},
    "running",
    [threw, timer("handler"), threw, timer("handler"), threw],
    "quarantined",
  ],
  [
    "handler",
    "its engine died: it runs again",
    handler,
    {},
    "running",
    [timer("handler"), timer("handler"), goesTo("yes")],
    "yes",
  ],
  ["choice", "the first true case", choice, { n: 2 }, null, [], "yes"],
  ["choice", "the default", choice, { n: 1 }, null, [], "no"],
  ["choice", "a missing field is false", choice, {}, null, [], "no"],
  [
    "set",
    "at once, with values",
    { type: "set", values: { n: "${initial_data.n + 1}" }, to: "yes" },
    { n: 1 },
    null,
    [],
    "yes",
  ],
  [
    "set",
    "an expression that fails ends the job, naming it",
    { type: "set", values: { n: "${initial_data.none + 1}" }, to: "yes" },
    {},
    null,
    [],
    "failed",
  ],
  ["task", "a declared outcome", task, {}, "waiting_for_worker", [result("success")], "yes"],
  ["task", "failure for good", task, {}, "waiting_for_worker", [permanent], "no"],
  ["task", "an event that moves the job", task, {}, "waiting_for_worker", [event], "other"],
  [
    "parallel",
    "tasks: all branches",
    two,
    {},
    "waiting_for_parallel_tasks",
    [result("success"), result("success")],
    "yes",
  ],
  ["parallel", "tasks: one failure too many", two, {}, "waiting_for_parallel_tasks", [permanent], "no"],
  [
    "parallel",
    "tasks: a tolerated failure",
    { ...two, tolerate_failures: 1 },
    {},
    "waiting_for_parallel_tasks",
    [permanent, result("success")],
    "yes",
  ],
  [
    "parallel",
    "for_each: all items",
    each,
    { items: [1, 2] },
    "waiting_for_parallel_tasks",
    [result("success", 1), result("success")],
    "yes",
  ],
  [
    "parallel",
    "for_each: one at a time",
    { ...each, concurrency: 1 },
    { items: [1, 2] },
    "waiting_for_parallel_tasks",
    [result("success"), result("success")],
    "yes",
  ],
  ["parallel", "for_each: no items", each, { items: [] }, null, [], "yes"],
  ["parallel", "for_each: no list", each, { items: 7 }, null, [], "failed"],
  ["parallel", "for_each: more than 1,000 items", each, { items: new Array(1_001).fill(0) }, null, [], "failed"],
  ["approval", "approved", approval, {}, "waiting_for_human", [decided("approved")], "yes"],
  ["approval", "rejected", approval, {}, "waiting_for_human", [decided("rejected")], "no"],
  ["approval", "nobody decided", approval, {}, "waiting_for_human", [timer("approval")], "other"],
  ["child", "it finished", child, {}, "waiting_for_sub_job", [childEnds("finished")], "yes"],
  ["child", "it failed", child, {}, "waiting_for_sub_job", [childEnds("failed")], "no"],
  ["child", "it was cancelled", child, {}, "waiting_for_sub_job", [childEnds("cancelled")], "no"],
  [
    "child",
    "it stands in quarantine: the parent waits",
    child,
    {},
    "waiting_for_sub_job",
    [childEnds("quarantined"), childEnds("finished")],
    "yes",
  ],
  ["child", "there is no such blueprint", { ...child, blueprint: "nobody" }, {}, null, [], "no"],
  ["wait", "seconds", { type: "wait", seconds: 5, to: "yes" }, {}, "waiting", [timer("wait")], "yes"],
  [
    "wait",
    "seconds from data",
    { type: "wait", seconds: "${initial_data.s}", to: "yes" },
    { s: 5 },
    "waiting",
    [timer("wait")],
    "yes",
  ],
  [
    "wait",
    "until an instant",
    { type: "wait", until: "2026-01-02T03:05:00Z", to: "yes" },
    {},
    "waiting",
    [timer("wait")],
    "yes",
  ],
  [
    "wait",
    "no number of seconds",
    { type: "wait", seconds: "${initial_data.s}", to: "yes" },
    { s: "soon" },
    null,
    [],
    "failed",
  ],
  ["wait", "a signal", awaited, {}, "waiting", [signal("stop"), signal("go")], "yes"],
  ["wait", "a signal that does not come", awaited, {}, "waiting", [timer("wait")], "no"],
  ["end", "success", { type: "end", outcome: "success" }, {}, null, [], "finished"],
  ["end", "failure", { type: "end", outcome: "failure" }, {}, null, [], "failed"],
  [
    "end",
    "a handler that looks",
    { type: "end", outcome: "success", handler: "look" },
    {},
    "running",
    [(job) => ({ ...(goesTo("")(job) as Extract<Signal, { kind: "handler_returned" }>), action: null })],
    "finished",
  ],
  [
    "end",
    "a handler that goes on",
    { type: "end", outcome: "success", handler: "look" },
    {},
    "running",
    [goesTo("no")],
    "no",
  ],
];
const KINDS: StateType[] = ["handler", "choice", "set", "task", "parallel", "approval", "child", "wait", "end"];

describe("the table of state kinds", () => {
  it("has rows here for every kind", () => {
    expect([...new Set(TABLE.map(([kind]) => kind))]).toEqual(KINDS);
  });

  it.each(TABLE)("%s: %s", (_kind, _row, state, input, waits, words, ends) => {
    const job = jobIn(state, input);
    if (waits) expect(job.job.status).toBe(waits);
    for (const word of words) job.hear(word(job));
    expect([job.job.state, job.job.status]).toContain(ends);
    expect(job.job.tasks.size + job.job.timers.size, "nothing is left open").toBe(0);
  });

  it("wait: until an instant in the past is no wait, seconds are counted from the entry", () => {
    const due = (state: BlueprintState) => jobIn(state).writes[0]?.timersSet;
    expect(due({ type: "wait", until: "2020-01-01T00:00:00Z", to: "yes" })).toMatchObject([{ key: "wait", dueMs: 0 }]);
    expect(due({ type: "wait", seconds: 5, to: "yes" })).toMatchObject([{ key: "wait", dueMs: 5_000 }]);
    expect(due({ type: "wait", until: "2026-01-02T03:05:05Z", to: "yes" })).toMatchObject([{ dueMs: 60_000 }]);
  });

  it("what a step brought is in the state history for those that follow", () => {
    const job = jobIn(child);
    const ended = childEnds("finished")(job) as Extract<Signal, { kind: "child_ended" }>;
    job.hear({ ...ended, result: { pages: 3 } });
    expect(job.job.stateHistory).toMatchObject({ state: { status: "finished", result: { pages: 3 } } });
    const waited = jobIn(awaited);
    waited.hear({ kind: "signal_sent", jobId: JOB_ID, name: "go", by, payload: { from: "ana" } });
    expect(waited.job.stateHistory).toEqual({ state: { from: "ana" } });
  });
});
