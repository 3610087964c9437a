import type { HandlerAction } from "@/lib/blueprint/action";
import type { Actor, EnteredVia } from "@/lib/job-event";
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
  /** How long the attempt ran. */
  ms?: number;
}

/** What an engine has to look at. Plain JSON: it travels through the queue. */
export type Signal =
  | TaskReport
  | { kind: "task_started"; jobId: string; no: number; fence: number; worker: string; session: string }
  | {
      kind: "task_due";
      jobId: string;
      no: number;
      fence: number;
      reason: "retry" | "attempt_timeout" | "dispatch_timeout" | "result_timeout";
    }
  | { kind: "delivery_lost"; jobId: string; no: number; fence: number; worker?: string }
  | {
      kind: "approval_decided";
      jobId: string;
      no: number;
      decision: string;
      by: Actor;
      comment?: string;
      values?: JsonObject;
    }
  | { kind: "timer_fired"; jobId: string; key: string }
  | {
      kind: "handler_returned";
      jobId: string;
      entry: number;
      action: HandlerAction | null;
      set: JsonObject;
      unset: string[];
      handler?: string;
      cases?: EnteredVia["cases"];
      revision?: string;
    }
  | { kind: "handler_failed"; jobId: string; entry: number; message: string }
  | { kind: "cancel"; jobId: string; by: Actor; reason?: string }
  | { kind: "retry"; jobId: string; by: Actor; reason?: string };

/** Why a signal changed nothing. `stale`: it names an attempt, entry or approval that is no longer current. */
export type IgnoredReason =
  | "job_not_found"
  | "stale_task"
  | "job_cancelled"
  | "job_already_terminated"
  | "not_retryable"
  | "already_decided"
  | "unknown_decision"
  | "not_waiting";
