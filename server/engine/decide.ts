import type { Actor, JobEvent } from "@/lib/job-event";
import { isTerminal } from "@/lib/job-status";
import type { JsonObject } from "@/lib/json";
import type { CompiledBlueprint } from "./blueprint/compile";
import { JobChange, type Surroundings } from "./change";
import { fail } from "./end";
import { enter } from "./enter";
import { handlerFailed } from "./handler-failure";
import type { Job } from "./job";
import { MAX_EVENTS } from "./limits";
import { onApprovalDeadline, onApprovalDecided } from "./on-approval";
import { onHandlerFailed, onHandlerReturned } from "./on-handler";
import { onDeliveryLost } from "./on-lost";
import { onCancel, onRetry } from "./on-operator";
import { onTaskDue, onTaskReport, onTaskStarted } from "./on-task-report";
import type { IgnoredReason, Signal } from "./signal";

/** What became of one signal. `branch`: the task whose result it brought was that branch of a fan-out. */
export type Verdict = { applied: true; branch?: number } | { applied: false; reason: IgnoredReason; by?: Actor };

/** A job after its signals, the events that brought it there, and what became of each signal, in order. */
export interface Decision {
  job: Job;
  events: JobEvent[];
  verdicts: Verdict[];
}

/**
 * The product: what a job becomes when it hears its signals. Pure; `job` is not changed. Signals that name something no
 * longer current change nothing and say why. Several signals fold into one change.
 */
export function decide(blueprint: CompiledBlueprint, job: Job, signals: Signal[], around: Surroundings): Decision {
  const change = new JobChange(job, blueprint, around);
  const verdicts = signals.map((signal) => hear(change, signal));
  return { job: change.job, events: change.events, verdicts };
}

/** What the starter of a job says about it. */
export interface JobSettings {
  starter: Actor;
  metadata?: JsonObject;
  webhookUrl?: string;
  dispatchTimeoutMs?: number;
  resultTimeoutMs?: number;
  trace?: Record<string, string>;
}

/** The first change of a job: from its start state to the first thing it awaits. */
export function begin(blueprint: CompiledBlueprint, job: Job, settings: JobSettings, around: Surroundings): Decision {
  const change = new JobChange(job, blueprint, around);
  change.emit("job_created", {
    starter: settings.starter,
    metadata: settings.metadata,
    webhook_url: settings.webhookUrl,
    dispatch_timeout: seconds(settings.dispatchTimeoutMs),
    result_timeout: seconds(settings.resultTimeoutMs),
    trace: settings.trace,
  });
  enter(change, blueprint.start);
  return { job: change.job, events: change.events, verdicts: [{ applied: true }] };
}

function hear(change: JobChange, signal: Signal): Verdict {
  const branch = signal.kind === "task_result" ? change.job.tasks.get(signal.no)?.branch : null;
  const reason = refusal(change.job, signal) ?? react(change, signal);
  if (reason === null) return branch == null ? { applied: true } : { applied: true, branch };
  const by = reason === "already_decided" ? change.job.lastDecision?.by : null;
  return by ? { applied: false, reason, by } : { applied: false, reason };
}

/** A terminal job hears nothing but an operator's retry. */
function refusal(job: Job, signal: Signal): IgnoredReason | null {
  if (!isTerminal(job.status) || signal.kind === "retry") return null;
  if (signal.kind === "approval_decided" && job.lastDecision?.no === signal.no) return "already_decided";
  return job.status === "cancelled" ? "job_cancelled" : "job_already_terminated";
}

function react(change: JobChange, signal: Signal): IgnoredReason | null {
  if (change.job.version >= MAX_EVENTS && signal.kind !== "cancel") {
    fail(change, "TOO_MANY_EVENTS", `The job has ${MAX_EVENTS} events, its limit.`, { status: "error" });
    return null;
  }
  switch (signal.kind) {
    case "task_result":
      return onTaskReport(change, signal);
    case "task_started":
      return onTaskStarted(change, signal);
    case "task_due":
      return onTaskDue(change, signal);
    case "delivery_lost":
      return onDeliveryLost(change, signal);
    case "approval_decided":
      return onApprovalDecided(change, signal);
    case "timer_fired":
      return onTimer(change, signal.key);
    case "handler_returned":
      return onHandlerReturned(change, signal);
    case "handler_failed":
      return onHandlerFailed(change, signal);
    case "cancel":
      return onCancel(change, signal);
    case "retry":
      return onRetry(change, signal);
  }
}

function onTimer(change: JobChange, key: string): IgnoredReason | null {
  const timer = change.job.timers.get(key);
  if (!timer) return "not_waiting";
  switch (timer.kind) {
    case "approval_deadline":
      return onApprovalDeadline(change);
    case "handler": {
      const message = "The handler did not come back: its time limit passed, or the engine that ran it stopped.";
      handlerFailed(change, message);
      return null;
    }
    case "handler_retry":
      change.emit("timer_fired", { key });
      return null;
    case "job_deadline": {
      change.emit("timer_fired", { key });
      const limit = change.blueprint.document.timeout_seconds;
      fail(change, "JOB_TIMEOUT", `The job did not end within its limit of ${limit} s.`);
      return null;
    }
  }
}

function seconds(ms: number | undefined): number | undefined {
  return ms === undefined ? undefined : ms / 1000;
}
