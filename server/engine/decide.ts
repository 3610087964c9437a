import { isTerminal } from "@/lib/job-status";
import { makeJobs } from "./begin";
import type { CompiledBlueprint } from "./blueprint/compile";
import { JobChange, type Surroundings } from "./change";
import type { Decision, Verdict } from "./decision";
import { fail } from "./end";
import { handlerFailed } from "./handler-failure";
import type { Job } from "./job";
import { MAX_EVENTS } from "./limits";
import {
  onApprovalDeadline,
  onApprovalDecided,
  onApprovalDelegated,
  onApprovalWithdrawn,
  onEscalation,
} from "./on-approval";
import { onChildEnded } from "./on-child";
import { onHandlerFailed, onHandlerReturned } from "./on-handler";
import { onDeliveryLost } from "./on-lost";
import { onOperator } from "./on-operator";
import { onTaskDue, onTaskReport, onTaskStarted } from "./on-task-report";
import { onSignalSent, onWaitOver } from "./on-wait";
import { isHeard, onWorkerEvent } from "./on-worker-event";
import type { IgnoredReason, Refusal, Signal } from "./signal";

/**
 * The product: what a job becomes when it hears its signals. Pure; `job` is not changed. Signals that name something no
 * longer current change nothing and say why. Several signals fold into one change.
 */
export function decide(blueprint: CompiledBlueprint, job: Job, signals: Signal[], around: Surroundings): Decision {
  const change = new JobChange(job, blueprint, around);
  const verdicts = signals.map((signal) => hear(change, signal));
  const { events, made } = change;
  return { job: change.job, events, made, verdicts };
}

function hear(change: JobChange, signal: Signal): Verdict {
  const branch = signal.kind === "task_result" ? change.job.tasks.get(signal.no)?.branch : null;
  const refused = refusal(change.job, signal) ?? react(change, signal) ?? null;
  if (refused === null) {
    makeJobs(change);
    return branch == null ? { applied: true } : { applied: true, branch };
  }
  if (typeof refused !== "string") return { applied: false, ...refused };
  const by = refused === "already_decided" ? change.job.lastDecision?.by : null;
  return by ? { applied: false, reason: refused, by } : { applied: false, reason: refused };
}

/** A terminal job hears nothing but an operator's retry, and may be forked. */
function refusal(job: Job, signal: Signal): IgnoredReason | null {
  if (!isTerminal(job.status) || signal.kind === "retry" || signal.kind === "fork") return null;
  if (signal.kind === "worker_event" && isHeard(job, signal)) return "already_heard";
  const late = signal.kind === "approval_decided" || signal.kind === "approval_withdrawn";
  if (late && job.lastDecision?.no === signal.no) return "already_decided";
  return job.status === "cancelled" ? "job_cancelled" : "job_already_terminated";
}

function react(change: JobChange, signal: Signal): Refusal | null {
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
    case "worker_event":
      return onWorkerEvent(change, signal);
    case "approval_decided":
      return onApprovalDecided(change, signal);
    case "approval_delegated":
      return onApprovalDelegated(change, signal);
    case "approval_withdrawn":
      return onApprovalWithdrawn(change, signal);
    case "signal_sent":
      return onSignalSent(change, signal);
    case "child_ended":
      return onChildEnded(change, signal);
    case "timer_fired":
      return onTimer(change, signal);
    case "handler_returned":
      return onHandlerReturned(change, signal);
    case "handler_failed":
      return onHandlerFailed(change, signal);
    default:
      return onOperator(change, signal);
  }
}

function onTimer(change: JobChange, { key, setBy }: Extract<Signal, { kind: "timer_fired" }>): IgnoredReason | null {
  const timer = change.job.timers.get(key);
  if (!timer || (setBy !== undefined && setBy !== timer.setBy)) return "not_waiting";
  switch (timer.kind) {
    case "approval_deadline":
      return onApprovalDeadline(change);
    case "escalation":
      return onEscalation(change, key);
    case "wait":
      return onWaitOver(change, key);
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
