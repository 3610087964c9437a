import type { DisplayStatus, JobStatus } from "@/lib/job-status";

/**
 * The words of the process API, for processes and for their tasks, and the one place that maps ours onto them. `success`
 * and `failure` are last words: a poller may stop there. What may still come out either way is `running`, and what nobody
 * has begun is `pending`; so a retry that waits, a pause, and a quarantine that an operator is to end are `running`.
 */
export const PROCESS_WORDS = ["pending", "running", "success", "failure"] as const;

export type ProcessWord = (typeof PROCESS_WORDS)[number];

/** What a job's status is called once one of its tasks has begun; before that every open job is `pending`. */
export const WORD_OF_JOB: Readonly<Record<JobStatus, ProcessWord>> = {
  pending: "pending",
  running: "running",
  waiting_for_worker: "running",
  waiting_for_human: "running",
  waiting_for_parallel_tasks: "running",
  waiting_for_sub_job: "running",
  awaiting_retry: "running",
  waiting: "running",
  paused: "running",
  quarantined: "running",
  finished: "success",
  failed: "failure",
  error: "failure",
  cancelled: "failure",
};

/** What a visit of a state is called, by what people see of it; one that has begun is never `pending` again. */
export const WORD_OF_STEP: Readonly<Record<DisplayStatus, ProcessWord>> = {
  queued: "pending",
  running: "running",
  waiting: "running",
  needs_approval: "running",
  retrying: "running",
  succeeded: "success",
  failed: "failure",
  quarantined: "running",
  paused: "running",
  cancelled: "failure",
  not_reached: "pending",
};
