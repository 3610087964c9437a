import { end, type ViewApplications, type ViewDraft } from "./view-draft";

/** Events of the job as a whole. */
export const JOB_EVENTS: ViewApplications<
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
  job_created(draft, data, at) {
    const { view } = draft;
    view.startedAt = at;
    view.starter = data.starter;
    view.priority = data.priority ?? null;
    view.parent = data.parent ? { jobId: data.parent.job_id } : null;
    view.forkedFrom = data.forked_from ? { jobId: data.forked_from.job_id, state: data.forked_from.state } : null;
  },

  job_cancelled(draft, data, at) {
    draft.view.cancelled = { by: data.by, reason: data.reason ?? null };
    end(draft, at, "cancelled");
  },

  job_quarantined(draft, data, at) {
    end(draft, at, "quarantined", data);
  },

  job_failed(draft, data, at) {
    end(draft, at, "failed", data);
  },

  job_completed(draft, data, at) {
    end(draft, at, data.outcome === "success" ? "succeeded" : "failed");
  },

  job_retried(draft) {
    goOn(draft);
  },

  job_requeued(draft) {
    goOn(draft);
  },

  job_forked(draft, data, at) {
    draft.view.forks = [...draft.view.forks, { jobId: data.fork, state: data.state, by: data.by, at }];
  },

  job_paused(draft, data, at) {
    draft.view.paused = { by: data.by, reason: data.reason ?? null, at };
  },

  job_resumed(draft) {
    draft.view.paused = null;
  },

  priority_changed(draft, data) {
    draft.view.priority = data.priority;
  },
};

/** A job that stood still goes on. */
function goOn(draft: ViewDraft): void {
  draft.view.ended = null;
  draft.view.endedAt = null;
  draft.view.cancelled = null;
}
