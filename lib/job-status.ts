/**
 * The vocabulary of job statuses, declared once: the wire names are the reference orchestrator's, the codes are what
 * Postgres stores (`jobs.status`, with a check made from this table), `display` is what people see.
 * Codes from 20 on are terminal.
 */
export const JOB_STATUS = {
  pending: { code: 0, display: "queued" },
  running: { code: 1, display: "running" },
  waiting_for_worker: { code: 2, display: "running" },
  waiting_for_human: { code: 3, display: "needs_approval" },
  waiting_for_parallel_tasks: { code: 4, display: "running" },
  waiting_for_sub_job: { code: 5, display: "waiting" },
  awaiting_retry: { code: 6, display: "retrying" },
  waiting: { code: 7, display: "waiting" },
  paused: { code: 8, display: "paused" },
  quarantined: { code: 9, display: "quarantined" },
  finished: { code: 20, display: "succeeded" },
  failed: { code: 21, display: "failed" },
  error: { code: 22, display: "failed" },
  cancelled: { code: 23, display: "cancelled" },
} as const satisfies Record<string, { code: number; display: DisplayStatus }>;

/** What a person sees: the `data-s` values of the status styles, the same for jobs, steps and tasks. */
export const DISPLAY_STATUSES = [
  "queued",
  "running",
  "waiting",
  "needs_approval",
  "retrying",
  "succeeded",
  "failed",
  "quarantined",
  "paused",
  "cancelled",
  "not_reached",
] as const;

export type DisplayStatus = (typeof DISPLAY_STATUSES)[number];
export type JobStatus = keyof typeof JOB_STATUS;
export const JOB_STATUSES = Object.keys(JOB_STATUS) as JobStatus[];

const byCode = new Map<number, JobStatus>(JOB_STATUSES.map((name) => [JOB_STATUS[name].code, name]));

/** The status stored as `code`; throws a RangeError for a code that the vocabulary lacks. */
export function jobStatusOf(code: number): JobStatus {
  const name = byCode.get(code);
  if (!name) throw new RangeError(`unknown job status code ${code}`);
  return name;
}

/** First terminal code: `status >= 20` in SQL. */
export const FIRST_TERMINAL_CODE = 20;

export function isTerminal(status: JobStatus): boolean {
  return JOB_STATUS[status].code >= FIRST_TERMINAL_CODE;
}

/**
 * What a person sees of a job. A job that waits for a worker with nothing started yet is `queued`.
 */
export function displayStatusOf(status: JobStatus, started: boolean): DisplayStatus {
  if (status === "waiting_for_worker" && !started) return "queued";
  return JOB_STATUS[status].display;
}
