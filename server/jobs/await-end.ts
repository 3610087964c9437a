import { isTerminal, type JobStatus } from "@/lib/job-status";
import type { JsonValue } from "@/lib/json";
import type { Database } from "@/server/store/database";
import { type JobStateRow, readJobState } from "@/server/store/reads/job-states";
import { type AttemptEnd, readLastTaskEnd } from "@/server/store/task-ends";

/** How a job of one task came to its end. `status`: the worker's word, `cancelled`, or `failure`. */
export interface TaskEnd {
  kind: "ended";
  jobId: string;
  jobStatus: JobStatus;
  status: string;
  data: JsonValue;
  error: { code: string; message: string; details?: JsonValue } | null;
}

/** `over`: the time was over first, and the job goes on. `gone`: so is who asked. */
export type AwaitedEnd = TaskEnd | { kind: "over" | "gone"; jobId: string };

export interface Patience {
  /** How long to wait; null: for as long as it takes. */
  timeoutMs: number | null;
  /** Who asked is gone. */
  gone: AbortSignal;
}

const FIRST_PAUSE_MS = 10;
const LONGEST_PAUSE_MS = 250;

/** Waits for the end of a job of one task; one in quarantine counts as ended. */
export async function awaitEnd(database: Database, jobId: string, { timeoutMs, gone }: Patience): Promise<AwaitedEnd> {
  const until = timeoutMs === null ? Number.POSITIVE_INFINITY : performance.now() + timeoutMs;
  for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(pauseMs * 1.5, LONGEST_PAUSE_MS)) {
    if (gone.aborted) return { kind: "gone", jobId };
    const job = await readJobState(database.pool, jobId);
    if (job && (isTerminal(job.status) || job.status === "quarantined"))
      return endOf(jobId, job, await readLastTaskEnd(database, jobId));
    const leftMs = until - performance.now();
    if (leftMs <= 0) return { kind: "over", jobId };
    await pause(Math.min(pauseMs, leftMs), gone);
  }
}

/** The worker's own word and data, where it had one; else why the job ended. */
function endOf(jobId: string, job: JobStateRow, end: AttemptEnd | null): TaskEnd {
  const ended = { kind: "ended", jobId, jobStatus: job.status } as const;
  if (job.status === "cancelled") {
    const error = { code: "CANCELLED", message: "The job was cancelled" };
    return { ...ended, status: "cancelled", data: null, error };
  }
  if (end && !end.error) return { ...ended, status: end.outcome ?? "success", data: end.data, error: null };
  const error = end?.error ?? job.error ?? { code: "INTERNAL_ERROR", message: `The job is ${job.status}` };
  return { ...ended, status: "failure", data: null, error };
}

function pause(ms: number, gone: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(done, ms);
    gone.addEventListener("abort", done, { once: true });
    function done() {
      clearTimeout(timer);
      gone.removeEventListener("abort", done);
      resolve();
    }
  });
}
