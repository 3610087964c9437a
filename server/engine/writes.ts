import type { JobEvent, TimerKind } from "@/lib/job-event";
import type { JsonObject, JsonValue } from "@/lib/json";
import type { OpenApproval } from "./job";
import type { Signal } from "./signal";

/** A task row to insert. Whether it starts as `announced` or `backlog` is decided by the sender's credit. */
export interface NewTask {
  no: number;
  type: string;
  held: boolean;
  groupNo: number | null;
  branch: number | null;
  priority: number;
  params: JsonValue;
  /** One attempt. */
  timeoutMs: number | null;
  /** From now on, by the database's clock. Null for a held one: it is in no queue yet. */
  dispatchDeadlineMs: number | null;
  /** From now on, by the database's clock. */
  resultDeadlineMs: number | null;
  /** What it asks of its worker beyond the skill: then the dispatcher places it. Null: it goes through the queue of its type. */
  requirements: JsonObject | null;
  /** Policy of a task that a handler made (a declarative state has it in its document). */
  spec: JsonObject | null;
}

/** An update of an open task, absolute values. */
export interface TaskChange {
  no: number;
  type: string;
  /** `ready` is announced or put into the backlog; `retry` waits until `dueMs`. */
  phase: "ready" | "started" | "retry" | "held";
  attempt: number;
  fence: number;
  losses: number;
  worker: string | null;
  /**
   * A held branch that is freed now: its time in the queue begins. Null: the row's deadline stays as it is. Negative: it
   * has none while its job is paused.
   */
  dispatchDeadlineMs: number | null;
  /** When somebody must look again, from now; the row's own deadlines are folded in by the statement. Null: only those. */
  dueMs: number | null;
  priority: number;
  /** One attempt. */
  timeoutMs: number | null;
  /** The dispatcher chooses its worker: when it is ready it is in no queue. */
  isPlaced: boolean;
  params?: JsonValue;
}

export interface GroupWrite {
  no: number;
  expected: number;
  pending: number;
  failed: number;
  tolerate: number;
}

/** Approval statuses as stored. */
export const APPROVAL_STATUS = { open: 0, decided: 1, expired: 2, withdrawn: 3 } as const;

export interface ApprovalWrite {
  no: number;
  status: (typeof APPROVAL_STATUS)[keyof typeof APPROVAL_STATUS];
  state: string;
  approval: OpenApproval;
  deadlineMs: number | null;
  outcome: string | null;
}

/**
 * Everything that one change of a job writes: the difference between the job before and after its events. Each row of
 * tasks, groups, timers and approvals stands in exactly one of the lists.
 */
export interface JobWrites {
  jobId: string;
  expectedVersion: number;
  version: number;
  status: number;
  state: string;
  transitions: number;
  /** An operator's retry moves a terminal job; nothing else may. */
  reopen: boolean;
  result: JsonValue | undefined;
  error: JsonValue | undefined;
  events: JobEvent[];
  newTasks: NewTask[];
  goneTasks: { no: number; type: string }[];
  changedTasks: TaskChange[];
  /** Tasks of which only the priority changed; one that is in a stream already keeps its place there. */
  reprioritised: { no: number; priority: number }[];
  newGroup: GroupWrite | null;
  changedGroup: GroupWrite | null;
  goneGroup: number | null;
  timersSet: { key: string; kind: TimerKind; dueMs: number; data: JsonObject | null }[];
  timersCleared: string[];
  newApproval: ApprovalWrite | null;
  changedApproval: ApprovalWrite | null;
  /** Signals to other jobs, stored with the change so that they cannot be lost: a child's end, a cancel that goes down. */
  signals: Signal[];
}

/** A job to insert, with its first change. */
export interface NewJobWrites {
  writes: JobWrites;
  clientId: number;
  blueprintId: number;
  input: JsonObject;
  labels: Record<string, string> | null;
  parent: { jobId: string; no: number } | null;
}

/** A job that somebody starts, and the children that it starts at once. */
export interface JobSubmission extends NewJobWrites {
  /** By which the process API knows the job. */
  processId?: string | undefined;
  made: NewJobWrites[];
  idempotency: { key: string; requestHash: Uint8Array } | null;
}
