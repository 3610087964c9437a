import { describe, expect, it, test } from "vitest";
import { viewOf } from "@/lib/apply-event";
import type { BlueprintDocument } from "@/lib/blueprint/document";
import type { HistoryEvent } from "@/lib/job-event";
import { DISPLAY_STATUSES, isTerminal, JOB_STATUSES, type JobStatus } from "@/lib/job-status";
import type { JsonObject } from "@/lib/json";
import { PROCESS_WORDS, WORD_OF_JOB, WORD_OF_STEP } from "@/lib/process-status";
import { isLast, processOf } from "@/server/processes/process-tasks";

describe("the table of words", () => {
  it.each([
    ["pending", "pending"],
    ["running", "running"],
    ["waiting_for_worker", "running"],
    ["waiting_for_human", "running"],
    ["waiting_for_parallel_tasks", "running"],
    ["waiting_for_sub_job", "running"],
    ["awaiting_retry", "running"],
    ["waiting", "running"],
    ["paused", "running"],
    ["quarantined", "running"],
    ["finished", "success"],
    ["failed", "failure"],
    ["error", "failure"],
    ["cancelled", "failure"],
  ] as const)("a job that is %s is %s", (status, word) => {
    expect(WORD_OF_JOB[status]).toBe(word);
  });

  it.each([
    ["queued", "pending"],
    ["not_reached", "pending"],
    ["running", "running"],
    ["waiting", "running"],
    ["needs_approval", "running"],
    ["retrying", "running"],
    ["paused", "running"],
    ["quarantined", "running"],
    ["succeeded", "success"],
    ["failed", "failure"],
    ["cancelled", "failure"],
  ] as const)("a task that people see as %s is %s", (status, word) => {
    expect(WORD_OF_STEP[status]).toBe(word);
  });

  it("has every status there is, and a last word for exactly those that are terminal", () => {
    expect(Object.keys(WORD_OF_JOB).toSorted()).toEqual([...JOB_STATUSES].toSorted());
    expect(Object.keys(WORD_OF_STEP).toSorted()).toEqual([...DISPLAY_STATUSES].toSorted());
    for (const status of JOB_STATUSES)
      expect([status, isLast(WORD_OF_JOB[status])]).toEqual([status, isTerminal(status)]);
    expect(new Set([...Object.values(WORD_OF_JOB), ...Object.values(WORD_OF_STEP)])).toEqual(new Set(PROCESS_WORDS));
  });
});

const LINE: BlueprintDocument = {
  name: "line",
  states: {
    first: { type: "task", start: true, task_type: "a", transitions: { success: "second", failure: "failed" } },
    second: { type: "task", task_type: "b", transitions: { success: "done", failure: "failed" } },
    done: { type: "end", outcome: "success" },
    failed: { type: "end", outcome: "failure" },
  },
};

const at = (second: number) => new Date(Date.UTC(2026, 0, 1, 0, 0, second)).toISOString();
type Entry = [HistoryEvent["event_type"], JsonObject];

function told(status: JobStatus, document: BlueprintDocument, ...entries: Entry[]) {
  const events = entries.map(
    ([event_type, data], index): HistoryEvent => ({
      seq: index + 1,
      event_type,
      timestamp: at(index),
      state: "",
      data,
    }),
  );
  return processOf(document, status, viewOf(events));
}

const N = 3072;
const BEGIN: Entry[] = [
  ["job_created", { starter: { kind: "client", id: "1" } }],
  ["state_entered", { state: "first" }],
  ["task_dispatched", { n: N, task_type: "a" }],
];
const STARTED: Entry = ["task_started", { n: N, fence: 1, worker: "w" }];
const FAILED_ONCE: Entry[] = [
  [
    "task_failed",
    { n: N, fence: 1, attempt: 1, final: false, code: "TIMEOUT_ERROR", message: "", worker: "w", ms: 100 },
  ],
  ["task_retry_set", { n: N, attempt: 2, due_ms: 1000 }],
];
const rest = { task_name: "second", status: "pending", started_at: null, ended_at: null };

test.each<[string, JobStatus, Entry[], string, [string, string | null, string | null]]>([
  ["in the queue", "waiting_for_worker", [], "pending", ["pending", null, null]],
  ["paused in the queue", "paused", [["job_paused", {}]], "pending", ["pending", null, null]],
  ["with a worker", "waiting_for_worker", [STARTED], "running", ["running", at(3), null]],
  ["paused with a worker", "paused", [STARTED, ["job_paused", {}]], "running", ["running", at(3), null]],
  [
    "timed out and waiting for its retry",
    "awaiting_retry",
    [STARTED, ...FAILED_ONCE],
    "running",
    ["running", at(3), null],
  ],
  [
    "in the queue again after a retry",
    "waiting_for_worker",
    [STARTED, ...FAILED_ONCE, ["task_redelivered", { n: N, fence: 2, reason: "retry" }]],
    "running",
    ["running", at(3), null],
  ],
  [
    "lost with its worker",
    "waiting_for_worker",
    [STARTED, ["task_redelivered", { n: N, fence: 2, reason: "lost", worker: "w" }]],
    "running",
    ["running", at(3), null],
  ],
  [
    "handed back before it was begun",
    "waiting_for_worker",
    [["task_redelivered", { n: N, fence: 2, reason: "not_begun", worker: "w" }]],
    "pending",
    ["pending", null, null],
  ],
  [
    "in quarantine",
    "quarantined",
    [
      STARTED,
      ["task_failed", { n: N, fence: 1, attempt: 1, final: true, code: "PERMANENT_ERROR", message: "" }],
      ["job_quarantined", { code: "PERMANENT_ERROR", message: "" }],
    ],
    "running",
    ["running", at(3), null],
  ],
  [
    "cancelled in the queue",
    "cancelled",
    [["job_cancelled", { by: { kind: "client", id: "1" } }]],
    "failure",
    ["failure", null, at(3)],
  ],
  [
    "cancelled in quarantine",
    "cancelled",
    [
      STARTED,
      ["job_quarantined", { code: "PERMANENT_ERROR", message: "" }],
      ["job_cancelled", { by: { kind: "client", id: "1" } }],
    ],
    "failure",
    ["failure", at(3), at(5)],
  ],
  [
    "not taken by any worker in time",
    "failed",
    [
      ["task_failed", { n: N, fence: 1, attempt: 1, final: true, code: "TIMEOUT_ERROR", message: "" }],
      ["state_entered", { state: "failed", via: { from: "first", on: "failure" } }],
      ["job_completed", { outcome: "failure" }],
    ],
    "failure",
    ["failure", null, at(4)],
  ],
  [
    "answered with a word of its own that leads to the failure",
    "failed",
    [
      STARTED,
      ["task_finished", { n: N, fence: 1, outcome: "refused", worker: "w", ms: 10 }],
      ["state_entered", { state: "failed", via: { from: "first", on: "refused" } }],
      ["job_completed", { outcome: "failure" }],
    ],
    "failure",
    ["failure", at(3), at(5)],
  ],
])("a task %s", (_what, status, entries, word, [task, startedAt, endedAt]) => {
  expect(told(status, LINE, ...BEGIN, ...entries)).toEqual({
    status: word,
    tasks: [{ task_name: "first", status: task, started_at: startedAt, ended_at: endedAt }, rest],
  });
});

test("a state that was visited again shows its last visit, and one put right by hand counts as what it led to", () => {
  const again: Entry[] = [
    ["job_quarantined", { code: "PERMANENT_ERROR", message: "" }],
    ["job_retried", { by: { kind: "operator", id: "1" } }],
    ["state_entered", { state: "first", via: { from: "first", on: "retry" } }],
    ["task_dispatched", { n: 7168, task_type: "a" }],
  ];
  expect(told("waiting_for_worker", LINE, ...BEGIN, STARTED, ...again).tasks[0]).toMatchObject({ status: "pending" });
  const byHand: Entry[] = [
    ["job_quarantined", { code: "PERMANENT_ERROR", message: "" }],
    ["step_completed", { by: { kind: "operator", id: "1" }, outcome: "success" }],
    ["state_entered", { state: "second", via: { from: "first", on: "success" } }],
    ["task_dispatched", { n: 7168, task_type: "b" }],
  ];
  expect(told("waiting_for_worker", LINE, ...BEGIN, STARTED, ...byHand)).toMatchObject({
    status: "running",
    tasks: [{ status: "success", started_at: at(3), ended_at: at(6) }, { status: "pending" }],
  });
});

test("a start that was told late is dated back, but not before the task was queued", () => {
  const late = (ms: number): Entry => ["task_started", { n: N, fence: 1, worker: "w", ms }];
  expect(told("waiting_for_worker", LINE, ...BEGIN, late(400)).tasks[0]?.started_at).toBe("2026-01-01T00:00:02.600Z");
  expect(told("waiting_for_worker", LINE, ...BEGIN, late(60_000)).tasks[0]?.started_at).toBe(at(2));
});

test("a worker whose clock runs fast never makes a task begin before it was asked for, nor end before it began", () => {
  const finished: Entry = ["task_finished", { n: N, fence: 1, outcome: "success", worker: "w", ms: 3_600_000 }];
  const { tasks } = told(
    "waiting_for_worker",
    LINE,
    ...BEGIN,
    finished,
    ["state_entered", { state: "second", via: { from: "first", on: "success" } }],
    ["task_dispatched", { n: 5120, task_type: "b" }],
  );
  expect(tasks[0]).toEqual({ task_name: "first", status: "success", started_at: at(1), ended_at: at(4) });
});
