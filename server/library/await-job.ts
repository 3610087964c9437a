import { setTimeout as sleep } from "node:timers/promises";
import { isTerminal } from "@/lib/job-status";
import type { JsonValue } from "@/lib/json";
import { JobError, type JobState, JobTimeoutError } from "./job-errors";

const FIRST_PAUSE_MS = 5;
const LONGEST_PAUSE_MS = 200;

export interface AwaitOptions {
  /** Null: for as long as it takes. */
  timeoutMs: number | null;
  signal: AbortSignal | undefined;
}

/**
 * Resolves with the result when the job has ended with success. Throws a JobError when it ended otherwise or went to
 * quarantine, a JobTimeoutError when the time is over, and the signal's reason when it fires; the job goes on then.
 */
export async function awaitJob(read: () => Promise<JobState>, options: AwaitOptions): Promise<JsonValue> {
  const { timeoutMs, signal } = options;
  const end = timeoutMs === null ? Number.POSITIVE_INFINITY : Date.now() + timeoutMs;
  for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(pauseMs * 1.5, LONGEST_PAUSE_MS)) {
    signal?.throwIfAborted();
    const job = await read();
    if (job.status === "finished") return job.result;
    if (isTerminal(job.status) || job.status === "quarantined") throw new JobError(job);
    const left = end - Date.now();
    if (left <= 0) throw new JobTimeoutError(job.jobId, job.status, timeoutMs ?? 0);
    await sleep(Math.min(pauseMs, left), undefined, { signal }).catch((error: unknown) => {
      signal?.throwIfAborted();
      throw error;
    });
  }
}
