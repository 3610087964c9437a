import type { Applications } from "./application";
import type { CompiledBlueprint } from "./blueprint/compile";
import { startHandler } from "./handler-state";
import type { Job } from "./job";
import { leaveState } from "./leave-state";
import { park, unpark } from "./park";

/** Events of the job as a whole: its beginning, its ends, and what people do with it. */
export const APPLY_JOB: Applications<
  | "job_created"
  | "job_cancelled"
  | "job_quarantined"
  | "job_failed"
  | "job_completed"
  | "job_retried"
  | "job_requeued"
  | "job_forked"
  | "job_paused"
  | "job_resumed"
  | "priority_changed"
> = {
  job_created(draft, data, _seq, blueprint) {
    draft.starter = data.starter;
    draft.client = data.client ?? null;
    draft.metadata = data.metadata ?? null;
    draft.webhookUrl = data.webhook_url ?? null;
    draft.dispatchTimeoutMs = milliseconds(data.dispatch_timeout);
    draft.resultTimeoutMs = milliseconds(data.result_timeout);
    draft.priority = data.priority ?? null;
    draft.parent = data.parent ? { jobId: data.parent.job_id, no: data.parent.n } : null;
    draft.depth = data.parent?.depth ?? 0;
    startDeadline(draft, blueprint);
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
    reopen(draft, blueprint);
  },

  job_requeued(draft, data, _seq, blueprint) {
    reopen(draft, blueprint);
    if (data.input) draft.input = data.input;
    if (data.set || data.unset) draft.stateHistory = { ...draft.stateHistory, ...data.set };
    for (const key of data.unset ?? []) delete draft.stateHistory[key];
  },

  job_forked(draft, data) {
    draft.forks = [...draft.forks, data.fork];
  },

  job_paused(draft) {
    draft.paused = true;
    for (const task of draft.tasks.values()) draft.tasks.set(task.no, park(task));
  },

  job_resumed(draft, _data, _seq, blueprint) {
    draft.paused = false;
    if (draft.deferred === "state") startHandler(draft, blueprint);
    draft.deferred = null;
    for (const task of draft.tasks.values()) draft.tasks.set(task.no, unpark(task));
  },

  priority_changed(draft, data) {
    draft.priority = data.priority;
  },
};

/** A job that stood still goes on. */
export function reopen(draft: Job, blueprint: CompiledBlueprint): void {
  startDeadline(draft, blueprint);
  draft.status = "running";
  draft.error = null;
  draft.result = null;
}

/** The job's own time limit, from now on; a job that was retried has all of it again. */
function startDeadline(draft: Job, blueprint: CompiledBlueprint): void {
  const dueMs = blueprint.timeoutMs;
  if (dueMs !== null) draft.timers.set("job", { kind: "job_deadline", dueMs });
}

/** Nothing of a job that stands still stays open: the writes drop its tasks, timers, group, approval and child. */
function settle(draft: Job): void {
  leaveState(draft);
  draft.timers.clear();
  draft.paused = false;
  draft.deferred = null;
}

function milliseconds(seconds: number | undefined): number | null {
  return seconds === undefined ? null : Math.round(seconds * 1000);
}
