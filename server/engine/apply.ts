import type { EventData, EventKind, JobEvent } from "@/lib/job-event";
import type { JsonObject } from "@/lib/json";
import type { CompiledBlueprint } from "./blueprint/compile";
import { applyBranchEnd, applyFanOut } from "./fan-out";
import { handlerLimitMs, runsHandler } from "./handler-state";
import type { Job, OpenTask } from "./job";
import { HANDLER_GRACE_MS } from "./limits";
import { newTask } from "./open-task";

/**
 * Applies one event to a draft: the only place that says what an event means for a job. A job read from the database is
 * the fold of its events through this function, and `decide` uses it on what it has just emitted, so the two cannot differ.
 */
export function applyEvent(draft: Job, event: JobEvent, blueprint: CompiledBlueprint): void {
  const apply = APPLY[event.kind] as (draft: Job, data: unknown, seq: number, blueprint: CompiledBlueprint) => void;
  apply(draft, event.data, event.seq, blueprint);
  draft.version = event.seq;
}

type Applications = {
  [K in EventKind]: (draft: Job, data: EventData[K], seq: number, blueprint: CompiledBlueprint) => void;
};

const APPLY: Applications = {
  job_created(draft, data, _seq, blueprint) {
    draft.starter = data.starter;
    draft.metadata = data.metadata ?? null;
    draft.webhookUrl = data.webhook_url ?? null;
    draft.dispatchTimeoutMs = milliseconds(data.dispatch_timeout);
    draft.resultTimeoutMs = milliseconds(data.result_timeout);
    startDeadline(draft, blueprint);
  },

  state_entered(draft, data, seq, blueprint) {
    draft.previousState = draft.state === data.state ? draft.previousState : draft.state || null;
    draft.state = data.state;
    draft.entry = seq;
    draft.transitions += 1;
    draft.status = "running";
    draft.action = null;
    draft.approval = null;
    draft.handlerFailures = 0;
    draft.timers.delete("handler");
    draft.timers.delete("approval");
    startHandler(draft, blueprint);
  },

  context_set(draft, data) {
    draft.stateHistory = { ...draft.stateHistory, ...data.set };
    for (const key of data.unset ?? []) delete draft.stateHistory[key];
  },

  handler_returned(draft, data) {
    draft.action = data.action;
    draft.timers.delete("handler");
  },

  handler_failed(draft, data) {
    draft.handlerFailures += 1;
    draft.timers.delete("handler");
    if (data.retry_in_ms !== undefined) {
      draft.status = "awaiting_retry";
      draft.timers.set("handler", { kind: "handler_retry", dueMs: data.retry_in_ms });
    }
  },

  task_dispatched(draft, data) {
    draft.tasks.set(data.n, newTask(data.n, data.task_type, null));
    draft.status = "waiting_for_worker";
  },

  tasks_fanned_out: applyFanOut,

  task_started(draft, data) {
    changeTask(draft, data.n, { phase: "started", worker: data.worker });
  },

  task_finished(draft, data) {
    const task = draft.tasks.get(data.n);
    draft.tasks.delete(data.n);
    if (task && task.branch !== null) {
      applyBranchEnd(draft, task.branch, { status: data.outcome, data: data.r ?? null, error: null });
    } else if (isObject(data.r)) {
      draft.stateHistory = { ...draft.stateHistory, ...data.r };
    } else if (data.r !== undefined && data.r !== null) {
      draft.stateHistory = { ...draft.stateHistory, [draft.state]: data.r };
    }
  },

  task_failed(draft, data) {
    if (!data.final) return;
    const task = draft.tasks.get(data.n);
    draft.tasks.delete(data.n);
    const error = { code: data.code, message: data.message };
    draft.error = { ...error, state: draft.state };
    if (task && task.branch !== null) applyBranchEnd(draft, task.branch, { status: "failure", data: null, error });
  },

  task_retry_set(draft, data) {
    changeTask(draft, data.n, { phase: "retry", attempt: data.attempt, worker: null, dueMs: data.due_ms });
    if (!draft.fanOut) draft.status = "awaiting_retry";
  },

  task_redelivered(draft, data) {
    const losses = (draft.tasks.get(data.n)?.losses ?? 0) + (data.reason === "lost" ? 1 : 0);
    changeTask(draft, data.n, { phase: "ready", fence: data.fence, losses, worker: null, dueMs: undefined });
    if (!draft.fanOut) draft.status = "waiting_for_worker";
  },

  tasks_aggregated(draft, data) {
    draft.aggregation = (draft.fanOut?.results ?? []).map(
      (result) => result ?? { status: "cancelled", data: null, error: null },
    );
    draft.aggregationNo = data.n0;
    draft.fanOut = null;
    draft.tasks.clear();
  },

  approval_asked(draft, data) {
    draft.status = "waiting_for_human";
    draft.approval = {
      no: data.n,
      message: data.message,
      form: data.form ?? null,
      approvers: data.approvers,
      quorum: data.quorum,
      denyStarter: data.deny_starter ?? false,
      decisions: data.decisions,
      votes: [],
    };
    if (data.deadline_ms !== undefined)
      draft.timers.set("approval", { kind: "approval_deadline", dueMs: data.deadline_ms });
  },

  approval_decided(draft, data) {
    const { decision, by, comment, values } = data;
    draft.approval?.votes.push({ decision, by, comment, values });
    draft.lastDecision = { no: data.n, decision, by };
  },

  approval_expired(draft, data) {
    draft.lastDecision = { no: data.n, decision: "expired", by: null };
  },

  timer_set(draft, data) {
    draft.timers.set(data.key, { kind: data.timer, dueMs: data.due_ms });
  },

  timer_fired(draft, data, _seq, blueprint) {
    const timer = draft.timers.get(data.key);
    draft.timers.delete(data.key);
    if (timer?.kind === "handler_retry") {
      draft.status = "running";
      startHandler(draft, blueprint);
    }
  },

  job_cancelled(draft) {
    draft.status = "cancelled";
    settle(draft);
  },

  job_quarantined(draft, data) {
    draft.status = "quarantined";
    draft.error = { code: data.code, message: data.message, state: draft.state };
    settle(draft);
  },

  job_failed(draft, data) {
    draft.status = data.status ?? "failed";
    draft.error = { code: data.code, message: data.message, state: draft.state };
    settle(draft);
  },

  job_completed(draft, data) {
    draft.status = data.outcome === "success" ? "finished" : "failed";
    if (data.outcome === "success") draft.error = null;
    settle(draft);
  },

  job_retried(draft, _data, _seq, blueprint) {
    startDeadline(draft, blueprint);
    draft.status = "running";
    draft.error = null;
    draft.result = null;
  },
};

function changeTask(draft: Job, no: number, change: Partial<OpenTask>): void {
  const task = draft.tasks.get(no);
  if (task) draft.tasks.set(no, { ...task, ...change });
}

/** The timer of a running handler: when it fires, nobody runs the handler any more and another engine may. */
function startHandler(draft: Job, blueprint: CompiledBlueprint): void {
  const state = blueprint.states.get(draft.state);
  if (!state || !runsHandler(state)) return;
  draft.timers.set("handler", { kind: "handler", dueMs: handlerLimitMs(state) + HANDLER_GRACE_MS });
}

/** The job's own time limit, from now on; a job that was retried has all of it again. */
function startDeadline(draft: Job, blueprint: CompiledBlueprint): void {
  const dueMs = blueprint.timeoutMs;
  if (dueMs !== null) draft.timers.set("job", { kind: "job_deadline", dueMs });
}

/** Nothing of a job that stands still stays open: the writes drop its tasks, timers, group and approval. */
function settle(draft: Job): void {
  draft.tasks.clear();
  draft.timers.clear();
  draft.fanOut = null;
  draft.approval = null;
}

function milliseconds(seconds: number | undefined): number | null {
  return seconds === undefined ? null : Math.round(seconds * 1000);
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
