import type { HandlerAction } from "@/lib/blueprint/action";
import type { Actor, EventData, TimerKind } from "@/lib/job-event";
import type { JobStatus } from "@/lib/job-status";
import type { JsonObject, JsonValue } from "@/lib/json";

/**
 * Statuses of a task row, as stored (`tasks.status`). A task that asks for more than its skill is `unplaced` until the
 * dispatcher has chosen a worker session for it, and `placed` until that has taken it; it is never in a stream.
 */
export const TASK_STATUS = { backlog: 0, announced: 1, running: 2, retry: 3, held: 4, unplaced: 5, placed: 6 } as const;
export type TaskStatus = (typeof TASK_STATUS)[keyof typeof TASK_STATUS];

/** An open task as the engine knows it: what the job's events say. Whether a ready one is in the backlog or in a stream is the sender's matter. */
export interface OpenTask {
  no: number;
  type: string;
  phase: "ready" | "started" | "retry" | "held";
  attempt: number;
  fence: number;
  losses: number;
  /** Index within the fan-out; null for a single task. */
  branch: number | null;
  worker: string | null;
  /** Held because the job is paused, and what it is again when that goes on. */
  parked?: "ready" | "retry";
  /** The worker's session, known to the engine that saw the start. */
  session?: string;
  /** When a waiting retry is due, from the event on. */
  dueMs?: number;
  /** Present in the engine that made the task; after a reload it is read from the task's row when it is sent again. */
  params?: JsonValue;
}

export type BranchResult = { status: string; data: JsonValue; error: { code: string; message: string } | null };

export interface FanOut {
  n0: number;
  expected: number;
  pending: number;
  failed: number;
  tolerate: number;
  concurrency: number;
  aggregateInto: string;
  results: (BranchResult | null)[];
}

export interface OpenApproval {
  no: number;
  message: string;
  form: JsonObject | null;
  approvers: string[];
  quorum: number;
  denyStarter: boolean;
  decisions: string[];
  /** How often it was put to more people because nobody decided. */
  escalations: number;
  /** Counts its changes: votes, delegations, escalations. */
  version: number;
  votes: { decision: string; by: Actor; comment?: string; values?: JsonObject }[];
}

/** A child job that the job waits for. */
export interface OpenChild {
  no: number;
  id: string;
  blueprint: string;
}

export interface JobTimer {
  kind: TimerKind;
  dueMs: number;
  /** `seq` of the event that set it: what a row that was read before is told apart by. */
  setBy?: number;
}

/**
 * A job, as the fold of its events: everything `decide` reads. Treated as immutable outside of a draft (`draft.ts`), so
 * a copy in the engine's cache is never half changed.
 */
export interface Job {
  id: string;
  clientId: number;
  blueprintId: number;
  version: number;
  /** What it does or waits for; see `shownStatus` for a paused one. */
  status: JobStatus;
  paused: boolean;
  /** What a paused job has still to do of its current state: all of it, or what its handler returned. */
  deferred: "state" | "action" | null;
  /** 0 without a parent. */
  depth: number;
  parent: { jobId: string; no: number } | null;
  /** Of all its tasks, in place of what their states say. */
  priority: number | null;
  state: string;
  /** `seq` of the event that entered the current state; 0 before the first. */
  entry: number;
  transitions: number;
  input: JsonObject;
  stateHistory: JsonObject;
  starter: Actor;
  /** What is known of its client, as it was when the job was made. */
  client: EventData["job_created"]["client"] | null;
  metadata: JsonObject | null;
  webhookUrl: string | null;
  dispatchTimeoutMs: number | null;
  resultTimeoutMs: number | null;
  tasks: Map<number, OpenTask>;
  fanOut: FanOut | null;
  /** Results of the last fan-out, in scope until the next one. */
  aggregation: BranchResult[] | null;
  aggregationNo: number;
  approval: OpenApproval | null;
  /** What a job in a wait state waits for; null signal: only for the time. */
  wait: { signal: string | null } | null;
  child: OpenChild | null;
  timers: Map<string, JobTimer>;
  /** The last events of workers that had ids, oldest first; see `heardKey`. */
  heard: ReadonlySet<string>;
  /** Jobs that were forked from it: a fork that is asked for again is there already. */
  forks: readonly string[];
  /** The last approval that ended: what a late second decision is told. */
  lastDecision: { no: number; decision: string; by: Actor | null } | null;
  /** The state before the current one; what a retry of a job that reached a failure end goes back to. */
  previousState: string | null;
  /** The action that the current entry's handler returned. */
  action: HandlerAction | null;
  /** Attempts of the current entry's handler that failed. */
  handlerFailures: number;
  result: JsonValue;
  error: { code: string; message: string; state: string } | null;
}

/** The status that is stored and shown: a paused job is `paused`, whatever it waits for underneath. */
export function shownStatus(job: Pick<Job, "status" | "paused">): JobStatus {
  return job.paused ? "paused" : job.status;
}

/** What an event of a worker is known again by. */
export function heardKey(worker: string, eventId: string): string {
  return `${worker} ${eventId}`;
}
