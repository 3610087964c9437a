import type { JobChange } from "./change";
import { quarantine } from "./end";
import { MAX_LOSSES } from "./limits";
import { currentAttempt, giveUp } from "./on-task-report";
import type { IgnoredReason, Signal } from "./signal";
import { taskPolicy } from "./task-policy";

/**
 * A hand-out vanished with its worker: the fence rises and the task is delivered anew, no attempt burned. Losses have
 * a cap of their own, so that a task that kills its workers ends; a worker that stops and hands back has lost nothing.
 */
export function onDeliveryLost(
  change: JobChange,
  signal: Extract<Signal, { kind: "delivery_lost" }>,
): IgnoredReason | null {
  const task = currentAttempt(change, signal);
  if (!task) return "stale_task";
  const { no: n, fence, attempt } = task;
  if (signal.handedBack) {
    change.emit("task_redelivered", { n, fence: fence + 1, reason: "handed_back", worker: signal.worker });
    return null;
  }
  if (task.losses + 1 < MAX_LOSSES) {
    change.emit("task_redelivered", { n, fence: fence + 1, reason: "lost", worker: signal.worker });
    return null;
  }
  const code = "WORKER_LOST";
  const message = `The task was lost with its worker ${MAX_LOSSES} times.`;
  change.emit("task_failed", { n, fence, attempt, final: true, code, message, worker: signal.worker });
  const policy = taskPolicy(change.job, change.blueprint, task);
  if (task.branch === null && policy.transitions.failure === undefined) quarantine(change, code, message, n);
  else giveUp(change, task, policy, "PERMANENT_ERROR", message);
  return null;
}
