import { policyOf } from "@/lib/error-code";
import { aggregate } from "./ask";
import { backoffMs, maxAttempts } from "./backoff";
import type { JobChange } from "./change";
import { fail, quarantine } from "./end";
import { enter } from "./enter";
import { follow } from "./follow";
import type { OpenTask } from "./job";
import { MAX_RETRY_AFTER_MS } from "./limits";
import { schemaFaults } from "./schema-faults";
import type { IgnoredReason, Signal, TaskReport } from "./signal";
import { type TaskPolicy, taskPolicy } from "./task-policy";

/** A worker's word on an attempt. It counts when it names the current attempt, and only once. */
export function onTaskReport(change: JobChange, report: TaskReport): IgnoredReason | null {
  const task = currentAttempt(change, report);
  // A worker that let a task of a paused job go has not failed at it.
  if (!task || (task.parked && report.outcome === "cancelled")) return "stale_task";
  const policy = taskPolicy(change.job, change.blueprint, task);
  const failure = failureOf(report, policy);
  if (failure) attemptFailed(change, task, policy, failure, report);
  else taskFinished(change, task, policy, report);
  return null;
}

export function onTaskStarted(
  change: JobChange,
  signal: Extract<Signal, { kind: "task_started" }>,
): IgnoredReason | null {
  const task = currentAttempt(change, signal);
  if (!task || task.phase === "started") return "stale_task";
  const { no, fence, worker, session, ms } = signal;
  change.emit("task_started", { n: no, fence, worker, ...(ms ? { ms } : {}) });
  change.job.tasks.set(no, { ...(change.job.tasks.get(no) as OpenTask), session });
  return null;
}

/** A limit or a retry of a task is due. */
export function onTaskDue(change: JobChange, signal: Extract<Signal, { kind: "task_due" }>): IgnoredReason | null {
  const task = change.job.tasks.get(signal.no);
  if (!task || task.fence !== signal.fence) return "stale_task";
  if (signal.reason === "retry") {
    if (task.phase !== "retry") return "stale_task";
    change.emit("task_redelivered", { n: task.no, fence: task.fence + 1, reason: "retry" });
    return null;
  }
  // A claim is not an event: for the job a claimed task is still `ready`, and its row says that its attempt ran too long.
  const running = signal.reason === "attempt_timeout" && (task.phase === "started" || task.phase === "ready");
  const queued = signal.reason === "dispatch_timeout" && task.phase === "ready";
  if (!running && !queued && signal.reason !== "result_timeout") return "stale_task";
  const policy = taskPolicy(change.job, change.blueprint, task);
  const message = {
    attempt_timeout: `The attempt ran longer than its limit of ${policy.spec.timeout_seconds} s.`,
    dispatch_timeout: "No worker took the task within its dispatch timeout.",
    result_timeout: "No result arrived within the task's result timeout.",
  }[signal.reason];
  const failure = { code: "TIMEOUT_ERROR", message, last: signal.reason !== "attempt_timeout" };
  attemptFailed(change, task, policy, failure, { worker: task.worker ?? undefined });
  return null;
}

/** The attempt that the signal names, if a result may still come for it. */
export function currentAttempt(change: JobChange, named: { no: number; fence: number }): OpenTask | null {
  const task = change.job.tasks.get(named.no);
  if (!task || task.fence !== named.fence) return null;
  return task.phase === "ready" || task.phase === "started" || task.parked === "ready" ? task : null;
}

interface Failure {
  code: string;
  message: string;
  details?: TaskReport["data"];
  /** The worker's word; absent when the engine itself ended the attempt. */
  outcome?: string;
  /** No further attempt, whatever the policy. */
  last?: boolean;
  /** The next attempt is not before that. */
  retryAfterMs?: number;
}

/** Why a report is a failure; null when its outcome leads on. */
function failureOf(report: TaskReport, policy: TaskPolicy): Failure | null {
  const { outcome } = report;
  if (outcome === "cancelled") return { code: "TRANSIENT_ERROR", message: "The worker cancelled the task.", outcome };
  if (outcome === "failure" || report.error) {
    const { code, message, details } = report.error ?? {
      code: "INTERNAL_ERROR",
      message: "The worker answered 'failure'.",
    };
    const { retryAfterMs } = report;
    return { code, message, details, outcome, retryAfterMs, last: !report.error && "failure" in policy.transitions };
  }
  const faults = schemaFaults(policy.outputValidator, report.data ?? null);
  if (faults !== null) return violation(`The result does not match output_schema: ${faults}`, outcome);
  const { contractFault } = report;
  return contractFault ? violation(`The result breaks the worker's own contract: ${contractFault}`, outcome) : null;
}

function violation(message: string, outcome: string): Failure {
  return { code: "CONTRACT_VIOLATION", message, outcome, last: true };
}

function taskFinished(change: JobChange, task: OpenTask, policy: TaskPolicy, report: TaskReport): void {
  const { fence, outcome, data, worker, ms, meta } = report;
  change.emit("task_finished", { n: task.no, fence, outcome, r: data, worker, ms, meta });
  if (task.branch !== null) {
    branchEnded(change);
    return;
  }
  const target = policy.transitions[outcome];
  if (target !== undefined) {
    follow(change, outcome, target);
    return;
  }
  const message = `The worker answered '${outcome}', which '${change.job.state}' has no transition for. Declared: ${Object.keys(policy.transitions).join(", ")}.`;
  const failure = policy.transitions.failure;
  if (failure !== undefined) follow(change, "failure", failure);
  else fail(change, "UNHANDLED_OUTCOME", message, { n: task.no });
}

/** Ends an attempt: another one, or the task gives up and the job follows its failure rules. */
function attemptFailed(
  change: JobChange,
  task: OpenTask,
  policy: TaskPolicy,
  failure: Failure,
  by: { worker?: string; ms?: number },
): void {
  const rule = policyOf(failure.code);
  const final = failure.last || rule !== "retry" || task.attempt >= maxAttempts(policy.spec.retry);
  const { code, details, outcome } = failure;
  const message = failure.message.slice(0, 4000);
  const { no: n, fence, attempt } = task;
  change.emit("task_failed", {
    n,
    fence,
    attempt,
    final,
    outcome,
    code,
    message,
    details,
    worker: by.worker,
    ms: by.ms,
  });
  if (!final) {
    const asked = Math.min(failure.retryAfterMs ?? 0, MAX_RETRY_AFTER_MS);
    const dueMs = Math.max(asked, backoffMs(policy.spec.retry, attempt, change.around.random));
    change.emit("task_retry_set", { n, attempt: attempt + 1, due_ms: dueMs });
  } else {
    giveUp(change, task, policy, code, message);
  }
}

/** What follows a task without further attempts. */
export function giveUp(change: JobChange, task: OpenTask, policy: TaskPolicy, code: string, message: string): void {
  if (task.branch !== null) {
    branchEnded(change);
    return;
  }
  const target = policy.transitions.failure;
  if (target !== undefined) follow(change, "failure", target);
  else if (policyOf(code) === "fail") fail(change, code, message, { n: task.no });
  else quarantine(change, code, message, task.no);
}

/** A branch ended: too many failures close the fan-out, the last one enters the aggregate. */
function branchEnded(change: JobChange): void {
  const group = change.job.fanOut;
  if (!group) return;
  if (group.failed > group.tolerate) {
    fanOutFailed(change);
  } else if (group.pending === 0) {
    const next = aggregate(change);
    enter(change, next.state, next.via);
  }
}

function fanOutFailed(change: JobChange): void {
  const group = change.job.fanOut;
  const error = group?.results.find((result) => result?.error)?.error;
  const { code, message } = error ?? { code: "INTERNAL_ERROR", message: "A branch failed." };
  const target = taskPolicy(change.job, change.blueprint, { branch: 0, type: "" }).transitions.failure;
  if (target !== undefined) {
    const { via } = aggregate(change);
    enter(change, target, { from: via.from, on: "failure" });
  } else if (policyOf(code) === "fail") fail(change, code, message);
  else quarantine(change, code, message);
}
