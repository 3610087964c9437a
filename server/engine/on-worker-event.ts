import { isJsonObject } from "@/lib/json";
import type { JobChange } from "./change";
import { follow } from "./follow";
import { heardKey, type Job } from "./job";
import { currentAttempt } from "./on-task-report";
import type { IgnoredReason, Signal } from "./signal";
import { taskPolicy } from "./task-policy";

/**
 * A worker's word in the middle of a task. It is recorded; one that the state declares in `on_event` moves the job at
 * once, with its payload in the state history, and the task is withdrawn.
 */
export function onWorkerEvent(
  change: JobChange,
  signal: Extract<Signal, { kind: "worker_event" }>,
): IgnoredReason | null {
  if (isHeard(change.job, signal)) return "already_heard";
  const task = currentAttempt(change, signal);
  if (!task) return "stale_task";
  const { no: n, eventType, payload, worker, eventId, chain } = signal;
  change.emit("worker_event", { event_type: eventType, payload, n, worker, event_id: eventId, chain });
  const target = taskPolicy(change.job, change.blueprint, task).onEvent[eventType];
  if (target === undefined) return null;
  if (isJsonObject(payload) && Object.keys(payload).length > 0) change.emit("context_set", { set: payload });
  follow(change, eventType, target);
  return null;
}

/** Whether the same worker said the same before; of the last two hundred with ids. */
export function isHeard(job: Job, { worker, eventId }: { worker: string; eventId?: string }): boolean {
  return eventId !== undefined && job.heard.has(heardKey(worker, eventId));
}
