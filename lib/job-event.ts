import type { HandlerAction } from "@/lib/blueprint/action";
import type { JobStatus } from "@/lib/job-status";
import type { JsonObject, JsonValue } from "@/lib/json";

/**
 * The events of a job: what happened to it, numbered 1, 2, 3 … within the job. They are its history, and a job is the
 * fold of them (`server/engine/apply.ts`). `code` is what Postgres stores, the name is what the API shows.
 */
export const EVENT_KIND = {
  job_created: 1,
  state_entered: 2,
  context_set: 3,
  handler_returned: 4,
  handler_failed: 5,
  task_dispatched: 6,
  tasks_fanned_out: 7,
  task_started: 8,
  task_finished: 9,
  task_failed: 10,
  task_retry_set: 11,
  task_redelivered: 12,
  tasks_aggregated: 13,
  approval_asked: 14,
  approval_decided: 15,
  approval_expired: 16,
  timer_set: 17,
  timer_fired: 18,
  job_cancelled: 19,
  job_quarantined: 20,
  job_failed: 21,
  job_completed: 22,
  job_retried: 23,
  wait_started: 24,
  signal_received: 25,
  child_started: 26,
  child_ended: 27,
  job_paused: 28,
  job_resumed: 29,
  job_requeued: 30,
  job_forked: 31,
  step_completed: 32,
  priority_changed: 33,
  worker_event: 34,
  approval_escalated: 35,
  approval_delegated: 36,
  approval_withdrawn: 37,
} as const;

export type EventKind = keyof typeof EVENT_KIND;

/** Who did something: an API client, a person, a worker, or the engine itself. */
export interface Actor {
  kind: "client" | "operator" | "worker" | "engine";
  id: string;
  name?: string;
  /** The bulk job that did it for them. */
  bulk?: string;
}

/** Member of a job's metadata that holds its security context: for workers alone, never shown. */
export const SECURITY_MEMBER = "security";

/** The edge that led into a state, with what its condition read. */
export interface EnteredVia {
  from: string;
  /** `case:<index>`, `default`, `next`, an outcome, a decision, an event's type, `aggregate`, `retry`, `requeue` or `fork`. */
  on: string;
  when?: string;
  /** One row per case that was evaluated, in order, up to the one taken. */
  cases?: { when: string; to: string; result: boolean; values: Record<string, JsonValue>; error?: string }[];
}

export interface EventData {
  job_created: {
    starter: Actor;
    /** What handlers and expressions may know of the client whose job it is, as it was then. */
    client?: { plan?: string; params?: JsonObject; config?: JsonObject };
    metadata?: JsonObject;
    webhook_url?: string;
    /** Defaults for the tasks of the job, in seconds. */
    dispatch_timeout?: number;
    result_timeout?: number;
    trace?: Record<string, string>;
    /** Of all its tasks, in place of what their states say. */
    priority?: number;
    /** The job that started it as its child, with the number of the asking event's task, and how deep it stands (1: a child of a job that has no parent). */
    parent?: { job_id: string; n: number; depth: number };
    /** The job it is a fork of, as that stood after its event `seq`. */
    forked_from?: { job_id: string; seq: number; state: string };
  };
  state_entered: { state: string; via?: EnteredVia };
  /** `input`: keys of `initial_data` that a handler's `updateContext` changed as well. */
  context_set: { set: JsonObject; unset?: string[]; input?: JsonObject };
  /** `action` is null for the handler of an end state that only looked. */
  handler_returned: {
    entry: number;
    action: HandlerAction | null;
    /** Which handler ran, and the conditions of the variants that were read to choose it. */
    handler?: string;
    cases?: EnteredVia["cases"];
    revision?: string;
  };
  handler_failed: { entry: number; attempt: number; message: string; retry_in_ms?: number };
  task_dispatched: { n: number; task_type: string };
  /** One event for all branches: their numbers are n0, n0 + 1, … n0 + count - 1. */
  tasks_fanned_out: {
    n0: number;
    count: number;
    /** One type when all branches share it, else one per branch. */
    task_types: string[];
    aggregate_into: string;
    tolerate: number;
    concurrency?: number;
  };
  /** `ms`: how long it had run when its worker told so; absent: it had just begun. */
  task_started: { n: number; fence: number; worker: string; ms?: number };
  /** `meta`: what the worker said beside its data, as `data_metadata`, `security` and `costs`. */
  task_finished: {
    n: number;
    fence: number;
    outcome: string;
    r?: JsonValue;
    worker?: string;
    ms?: number;
    meta?: JsonObject;
  };
  /**
   * An attempt failed. `final`: the task gives up; else a `task_retry_set` follows. `outcome` is the worker's word, absent
   * when the engine ended the attempt.
   */
  task_failed: {
    n: number;
    fence: number;
    attempt: number;
    final: boolean;
    outcome?: string;
    code: string;
    message: string;
    details?: JsonValue;
    worker?: string;
    ms?: number;
  };
  task_retry_set: { n: number; attempt: number; due_ms: number };
  task_redelivered: {
    n: number;
    fence: number;
    reason: "retry" | "lost" | "not_begun" | "handed_back";
    worker?: string;
  };
  tasks_aggregated: { n0: number; ok: number; failed: number };
  approval_asked: {
    n: number;
    message: string;
    form?: JsonObject;
    approvers: string[];
    quorum: number;
    deny_starter?: boolean;
    decisions: string[];
    deadline_ms?: number;
  };
  approval_decided: { n: number; decision: string; by: Actor; comment?: string; values?: JsonObject };
  approval_expired: { n: number };
  timer_set: { key: string; timer: TimerKind; due_ms: number };
  timer_fired: { key: string };
  job_cancelled: { by: Actor; reason?: string };
  job_quarantined: { code: string; message: string; n?: number };
  /** `by` and `reason`: the person who gave the job up, and why. */
  job_failed: {
    code: string;
    message: string;
    n?: number;
    status?: "failed" | "error";
    by?: Actor;
    reason?: string;
  };
  job_completed: { outcome: "success" | "failure" };
  job_retried: { by: Actor; reason?: string };
  /** Until `due_ms` from then on, or until the signal comes; with both, whichever is first. `until`: the instant asked for. */
  wait_started: { signal?: string; due_ms?: number; until?: string };
  signal_received: { name: string; by: Actor; payload?: JsonValue };
  child_started: { n: number; child: string; blueprint: string; blueprint_id: number };
  /** `outcome` is the transition looked for: `success`, `failure` or `quarantined`. */
  child_ended: {
    n: number;
    /** Absent when it could not be started; `error` says why. */
    child?: string;
    status: JobStatus;
    outcome: string;
    result?: JsonValue;
    error?: { code: string; message: string };
  };
  job_paused: { by: Actor; reason?: string };
  job_resumed: { by: Actor; reason?: string };
  /** From quarantine, with data put right: keys of the state history, and the whole new `initial_data`. */
  job_requeued: { by: Actor; reason?: string; set?: JsonObject; unset?: string[]; input?: JsonObject };
  /** A new job was made of this one, as it was when it entered `state`. */
  job_forked: { by: Actor; reason?: string; fork: string; state: string; seq: number };
  /** A person ended the current step in place of whoever was to do it. */
  step_completed: { by: Actor; reason?: string; outcome: string; data?: JsonValue };
  priority_changed: { by: Actor; priority: number };
  /** What a worker said in the middle of a task, or a handler by `sendEvent` (then without `n`). */
  worker_event: {
    event_type: string;
    payload?: JsonValue;
    n?: number;
    worker?: string;
    /** The worker's own id of it. */
    event_id?: string;
    /** Through whom it came, the first first. */
    chain?: string[];
  };
  /** Nobody decided in time: these people may as well. `step` counts from 0. */
  approval_escalated: { n: number; step: number; to: string[] };
  approval_delegated: { n: number; by: Actor; to: string[]; comment?: string };
  /** Somebody took a decision back before it was enough. */
  approval_withdrawn: { n: number; by: Actor };
}

export const TIMER_KINDS = {
  handler: 1,
  approval_deadline: 2,
  job_deadline: 3,
  handler_retry: 4,
  wait: 5,
  escalation: 6,
} as const;
export type TimerKind = keyof typeof TIMER_KINDS;

/** One event, as the engine makes it; `at` is written by the database and is absent before the commit. */
export type JobEvent = { [K in EventKind]: { seq: number; kind: K; data: EventData[K]; at?: string } }[EventKind];

/** The event as the API shows it (`GET /api/v1/jobs/{id}/history`, live stream); oldest first. */
export interface HistoryEvent {
  seq: number;
  event_type: EventKind;
  /** ISO 8601, UTC. */
  timestamp: string;
  /** The state the job was in when it happened. */
  state: string;
  data: JsonObject;
}

const kinds = new Map<number, EventKind>(
  (Object.keys(EVENT_KIND) as EventKind[]).map((kind) => [EVENT_KIND[kind], kind]),
);

/** The kind stored as `code`; throws a RangeError for a code that the vocabulary lacks. */
export function eventKindOf(code: number): EventKind {
  const kind = kinds.get(code);
  if (!kind) throw new RangeError(`unknown event kind ${code}`);
  return kind;
}

/** Branches of one fan-out, at most; also the factor in a task's number. */
export const MAX_BRANCHES = 1000;
export const TASK_NUMBER_FACTOR = 1024;

/** A task's number within its job: the event that dispatched it, and its branch. */
export function taskNumber(dispatchedSeq: number, branch = 0): number {
  return dispatchedSeq * TASK_NUMBER_FACTOR + branch;
}

/** `<job>.<no>`: the task's id, and its idempotency key on every attempt. */
export function taskIdOf(jobId: string, no: number): string {
  return `${jobId}.${no}`;
}

/** `<job>.<no>.<fence>`: the attempt's id, which the worker protocol calls `task_id`. */
export function attemptIdOf(jobId: string, no: number, fence: number): string {
  return `${jobId}.${no}.${fence}`;
}

/** Reads an attempt's id; null when it is not one. */
export function parseAttemptId(id: string): { jobId: string; no: number; fence: number } | null {
  const match = /^([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})\.(\d{1,10})\.(\d{1,9})$/.exec(id);
  if (!match) return null;
  return { jobId: match[1] as string, no: Number(match[2]), fence: Number(match[3]) };
}
