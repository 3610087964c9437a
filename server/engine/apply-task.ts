import type { Applications } from "./application";
import { mergeData } from "./apply-state";
import { applyBranchEnd, applyFanOut } from "./fan-out";
import type { Job, OpenTask } from "./job";
import { newTask } from "./open-task";
import { park } from "./park";

/** Events of tasks and fan-outs. */
export const APPLY_TASK: Applications<
  | "task_dispatched"
  | "tasks_fanned_out"
  | "task_started"
  | "task_finished"
  | "task_failed"
  | "task_retry_set"
  | "task_redelivered"
  | "tasks_aggregated"
> = {
  task_dispatched(draft, data) {
    draft.tasks.set(data.n, newTask(data.n, data.task_type, null));
    draft.status = "waiting_for_worker";
  },

  tasks_fanned_out: applyFanOut,

  task_started(draft, data) {
    changeTask(draft, data.n, { phase: "started", worker: data.worker, parked: undefined });
  },

  task_finished(draft, data) {
    const task = draft.tasks.get(data.n);
    draft.tasks.delete(data.n);
    if (task && task.branch !== null) {
      applyBranchEnd(draft, task.branch, { status: data.outcome, data: data.r ?? null, error: null });
    } else mergeData(draft, data.r);
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
};

function changeTask(draft: Job, no: number, change: Partial<OpenTask>): void {
  const task = draft.tasks.get(no);
  if (!task) return;
  const changed = { ...task, ...change };
  draft.tasks.set(no, draft.paused ? park(changed) : changed);
}
