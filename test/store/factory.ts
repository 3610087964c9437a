import { v7 } from "uuid";
import { type JobEvent, taskNumber } from "@/lib/job-event";
import { JOB_STATUS } from "@/lib/job-status";
import type { JobSubmission, JobWrites, NewTask, TaskChange } from "@/server/engine/writes";

/** What an engine would write for a job of one task: created, entered, dispatched. */
export const FIRST_TASK = taskNumber(3);

export function newTask(no: number, overrides: Partial<NewTask> = {}): NewTask {
  return {
    no,
    type: "resize",
    held: false,
    groupNo: null,
    branch: null,
    priority: 0,
    params: { no },
    timeoutMs: null,
    dispatchDeadlineMs: null,
    resultDeadlineMs: null,
    requirements: null,
    spec: null,
    ...overrides,
  };
}

export function changedTask(no: number, overrides: Partial<TaskChange> = {}): TaskChange {
  return {
    no,
    type: "resize",
    phase: "started",
    attempt: 1,
    fence: 1,
    losses: 0,
    worker: null,
    dispatchDeadlineMs: null,
    dueMs: null,
    priority: 0,
    timeoutMs: null,
    isPlaced: false,
    ...overrides,
  };
}

export function noted(seq: number, count = 1): JobEvent[] {
  return Array.from({ length: count }, (_, index) => ({
    seq: seq + index,
    kind: "context_set" as const,
    data: { set: { step: seq + index } },
  }));
}

/** A change of one event on top of `expectedVersion`, which leaves everything else as it is. */
export function change(jobId: string, expectedVersion: number, overrides: Partial<JobWrites> = {}): JobWrites {
  return {
    jobId,
    expectedVersion,
    version: expectedVersion + 1,
    status: JOB_STATUS.running.code,
    state: "working",
    transitions: 1,
    reopen: false,
    result: undefined,
    error: undefined,
    events: noted(expectedVersion + 1),
    newTasks: [],
    goneTasks: [],
    changedTasks: [],
    reprioritised: [],
    newGroup: null,
    changedGroup: null,
    goneGroup: null,
    timersSet: [],
    timersCleared: [],
    newApproval: null,
    changedApproval: null,
    signals: [],
    ...overrides,
  };
}

/** A job with its first task, at version 3. */
export function submission(
  overrides: Partial<Omit<JobSubmission, "writes">> & { writes?: Partial<JobWrites> } = {},
): JobSubmission {
  const jobId = overrides.writes?.jobId ?? v7();
  const events: JobEvent[] = [
    { seq: 1, kind: "job_created", data: { starter: { kind: "client", id: "1" } } },
    { seq: 2, kind: "state_entered", data: { state: "working" } },
    { seq: 3, kind: "task_dispatched", data: { n: FIRST_TASK, task_type: "resize" } },
  ];
  return {
    clientId: 1,
    blueprintId: 1,
    input: { url: "https://example.org/a.png" },
    labels: null,
    parent: null,
    made: [],
    idempotency: null,
    ...overrides,
    writes: change(jobId, 0, {
      version: 3,
      status: JOB_STATUS.waiting_for_worker.code,
      events,
      newTasks: [newTask(FIRST_TASK)],
      ...overrides.writes,
    }),
  };
}

/** `<job>.<no>` of all first tasks, for the set of announced ones. */
export function announcing(...submissions: JobSubmission[]): Set<string> {
  return new Set(submissions.flatMap(({ writes }) => writes.newTasks.map((task) => `${writes.jobId}.${task.no}`)));
}
