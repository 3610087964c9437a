import type { JobStatus } from "@/lib/job-status";
import type { JsonValue } from "@/lib/json";

/** A job as it stands, as far as its row tells. */
export interface JobState {
  jobId: string;
  status: JobStatus;
  state: string;
  /** Of a job that ended. */
  result: JsonValue;
  error: { code: string; message: string; state?: string } | null;
}

/** The job ended without success, or stands in quarantine; `status` says which. */
export class JobError extends Error {
  override readonly name = "JobError";
  readonly jobId: string;
  readonly status: JobStatus;
  readonly state: string;
  /** Of the error that ended it; null for one that reached an end state with the outcome `failure`, or was cancelled. */
  readonly code: string | null;
  /** The error's own words; null as for `code`. */
  readonly reason: string | null;
  /** What its end state gives, if it reached one. */
  readonly result: JsonValue;
  /** Of a job of one task: what its task told of its error beside code and message. */
  readonly details: JsonValue | undefined;

  constructor({ jobId, status, state, result, error }: JobState, details?: JsonValue) {
    const why = error ? `${error.code}: ${error.message}` : `it ended in the state ${state}`;
    super(`Job ${jobId} is ${status}: ${why}`);
    this.jobId = jobId;
    this.status = status;
    this.state = state;
    this.code = error?.code ?? null;
    this.result = result;
    this.details = details;
    this.reason = error?.message ?? null;
  }
}

/** The job did not end in time. It goes on; ask for it by its id, or cancel it. */
export class JobTimeoutError extends Error {
  override readonly name = "JobTimeoutError";

  constructor(
    readonly jobId: string,
    readonly status: JobStatus,
    timeoutMs: number,
  ) {
    super(`Job ${jobId} did not end within ${timeoutMs} ms: it is ${status}, and goes on`);
  }
}
