import type { JobChange } from "./change";
import { quarantine } from "./end";
import type { OpenTask } from "./job";
import { MAX_LOSSES } from "./limits";
import { currentAttempt, giveUp } from "./on-task-report";
import type { IgnoredReason, Signal } from "./signal";
import { taskPolicy } from "./task-policy";

/**
 * A hand-out vanished with its worker: the fence rises and the task is delivered anew, no attempt burned. Losses of a
 * task that had begun have a cap of their own, so that one that kills its workers ends. A worker holds tasks ahead, and
 * those that fell with one they had not begun at are not to blame; a task that was handed out before reports its start
 * before it begins, so that the one to blame is known.
 */
export function onDeliveryLost(
  change: JobChange,
  signal: Extract<Signal, { kind: "delivery_lost" }>,
): IgnoredReason | null {
  const task = currentAttempt(change, signal);
  if (!task) return "stale_task";
  const { no: n, fence, attempt } = task;
  const reason = reasonOf(task, signal);
  if (reason !== "lost" || task.losses + 1 < MAX_LOSSES) {
    change.emit("task_redelivered", { n, fence: fence + 1, reason, worker: signal.worker });
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

function reasonOf(task: OpenTask, { handedBack, ahead }: Extract<Signal, { kind: "delivery_lost" }>) {
  if (handedBack) return "handed_back";
  return ahead && task.phase !== "started" ? "not_begun" : "lost";
}
