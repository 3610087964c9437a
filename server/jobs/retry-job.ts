import type { Actor } from "@/lib/job-event";
import type { JobStatus } from "@/lib/job-status";
import type { Engine } from "@/server/turn/engine-contract";
import { ignoredRefusal } from "./refusal";

/** Runs a failed or quarantined job again from the state that it stands in. 409 for any other job. */
export async function retryJob(
  engine: Engine,
  jobId: string,
  by: Actor,
  reason: string | undefined,
): Promise<{ version: number; status: JobStatus; state: string }> {
  const result = await engine.apply({ kind: "retry", jobId, by, ...(reason ? { reason } : {}) });
  if (!result.applied) throw ignoredRefusal(result.reason);
  return { version: result.version, status: result.status, state: result.state };
}
