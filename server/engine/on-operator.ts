import type { JobStatus } from "@/lib/job-status";
import type { JobChange } from "./change";
import { enter } from "./enter";
import type { IgnoredReason, Signal } from "./signal";

/** Statuses of jobs that stopped by themselves; a cancelled one was stopped on purpose, and stays so. */
const RETRYABLE: ReadonlySet<JobStatus> = new Set(["failed", "error", "quarantined"]);

export function onCancel(change: JobChange, signal: Extract<Signal, { kind: "cancel" }>): IgnoredReason | null {
  change.emit("job_cancelled", { by: signal.by, reason: signal.reason });
  return null;
}

/** Runs the state again in which the job stopped; for a job that reached a failure end, the state before it. */
export function onRetry(change: JobChange, signal: Extract<Signal, { kind: "retry" }>): IgnoredReason | null {
  const { job } = change;
  if (!RETRYABLE.has(job.status)) return "not_retryable";
  const stopped = change.blueprint.document.states[job.state];
  const target = stopped?.type === "end" ? (job.error?.state ?? job.previousState ?? job.state) : job.state;
  change.emit("job_retried", { by: signal.by, reason: signal.reason });
  enter(change, target, { from: job.state, on: "retry" });
  return null;
}
