import type { HandlerAction, SentEvent } from "@/lib/blueprint/action";
import type { Actor, EnteredVia } from "@/lib/job-event";
import type { JobStatus } from "@/lib/job-status";
import type { JsonObject, JsonValue } from "@/lib/json";

/** What a worker says about an attempt. */
export interface TaskReport {
  kind: "task_result";
  jobId: string;
  no: number;
  fence: number;
  worker: string;
  outcome: string;
  data?: JsonValue;
  error?: { code: string; message: string; details?: JsonValue };
  /** How long the worker asks to wait before the next attempt, at least. */
  retryAfterMs?: number;
  /** How the data breaks the output schema that the worker itself declared; looked at after the blueprint's own. */
  contractFault?: string;
  /** How long the attempt ran. */
  ms?: number;
  /** What the worker says beside its data: of its files, of itself, of the costs. Kept in the history. */
  meta?: JsonObject;
}

/** What an engine has to look at. Plain JSON: it travels through the queue. */
export type Signal =
  | TaskReport
  /** `ms`: how long it has run by then. */
  | { kind: "task_started"; jobId: string; no: number; fence: number; worker: string; session: string; ms?: number }
  | {
      kind: "task_due";
      jobId: string;
      no: number;
      fence: number;
      reason: "retry" | "attempt_timeout" | "dispatch_timeout" | "result_timeout";
    }
  /**
   * `handedBack`: its worker stops and says so, which is no loss. `ahead`: its worker may have held it ahead of its work;
   * it counts as a loss if a start was reported.
   */
  | {
      kind: "delivery_lost";
      jobId: string;
      no: number;
      fence: number;
      worker?: string;
      handedBack?: true;
      ahead?: true;
    }
  | {
      kind: "approval_decided";
      jobId: string;
      no: number;
      decision: string;
      by: Actor;
      comment?: string;
      values?: JsonObject;
      /** Of the approval that the person saw; another one by now refuses the decision. */
      seen?: number;
    }
  | { kind: "approval_delegated"; jobId: string; no: number; by: Actor; to: string[]; comment?: string; seen?: number }
  | { kind: "approval_withdrawn"; jobId: string; no: number; by: Actor }
  | {
      kind: "worker_event";
      jobId: string;
      no: number;
      fence: number;
      worker: string;
      eventType: string;
      payload?: JsonValue;
      /** The worker's own id of it: a second one of the same worker changes nothing. */
      eventId?: string;
      /** Through whom it came, the first first, if not from the worker itself. */
      chain?: string[];
    }
  /** Somebody's word that a job may be waiting for. */
  | { kind: "signal_sent"; jobId: string; name: string; by: Actor; payload?: JsonValue }
  | ChildReport
  /** `setBy` names the timer that was due: by now there may be another of its key. */
  | { kind: "timer_fired"; jobId: string; key: string; setBy?: number }
  | {
      kind: "handler_returned";
      jobId: string;
      entry: number;
      action: HandlerAction | null;
      set: JsonObject;
      unset: string[];
      input?: JsonObject;
      events?: SentEvent[];
      handler?: string;
      cases?: EnteredVia["cases"];
      revision?: string;
    }
  | { kind: "handler_failed"; jobId: string; entry: number; message: string }
  | OperatorSignal;

/** A child job that ended, or went to quarantine. Written with that change, as a row, so that it cannot be lost. */
export interface ChildReport {
  kind: "child_ended";
  /** The parent. */
  jobId: string;
  no: number;
  child: string;
  status: JobStatus;
  result?: JsonValue;
  error?: { code: string; message: string };
}

interface OperatorWord {
  jobId: string;
  by: Actor;
  reason?: string;
}

/** What people (and API clients, and a parent job) ask of a job. */
export type OperatorSignal =
  | ({ kind: "cancel" } & OperatorWord)
  | ({ kind: "pause" } & OperatorWord)
  | ({ kind: "resume" } & OperatorWord)
  | ({ kind: "retry" } & OperatorWord)
  | ({ kind: "requeue"; patch?: DataPatch } & OperatorWord)
  | ({ kind: "give_up" } & OperatorWord)
  /** A new job, `fork`, that begins in `state` with this data: what the job had after its event `seq`, put right. */
  | ({
      kind: "fork";
      fork: string;
      state: string;
      seq: number;
      input: JsonObject;
      stateHistory: JsonObject;
    } & OperatorWord)
  /** Ends the current step by hand: `outcome` is one of the words that lead out of it. */
  | ({ kind: "complete_step"; outcome: string; data?: JsonValue } & OperatorWord)
  | ({ kind: "set_priority"; priority: number } & OperatorWord);

/** JSON merge patches (RFC 7396) of a job's data: null removes a key. */
export interface DataPatch {
  initial_data?: JsonObject;
  state_history?: JsonObject;
}

/** Why a signal changed nothing. `stale`: it names an attempt, entry or approval that is no longer current. */
export type IgnoredReason =
  | "job_not_found"
  | "stale_task"
  /** An event that was heard before. */
  | "already_heard"
  | "job_cancelled"
  | "job_already_terminated"
  | "not_retryable"
  | "already_decided"
  | "unknown_decision"
  /** The approval changed since the person looked at it. */
  | "approval_changed"
  | "not_voted"
  | "not_waiting"
  /** It waits, but for another signal. */
  | "other_signal"
  | "already_paused"
  | "not_paused"
  | "quarantined"
  | "not_quarantined"
  | "unknown_state"
  | "unknown_outcome"
  | "invalid_data";

/** One field of data that breaks its schema. */
export interface DataFault {
  path: string;
  message: string;
  fix: string;
}

/** Why a signal was ignored, where needed in words, or field by field. */
export type Refusal = IgnoredReason | { reason: IgnoredReason; detail: string; faults?: DataFault[] };
