import type { Actor } from "@/lib/job-event";
import type { Engine } from "@/server/turn/engine-contract";
import { ignoredRefusal } from "./refusal";

/** Ends a job that has not ended yet, with everything it has under way. 409 when it has. Returns its last event's number. */
export async function cancelJob(
  engine: Engine,
  jobId: string,
  by: Actor,
  reason: string | undefined,
): Promise<{ version: number }> {
  const result = await engine.apply({ kind: "cancel", jobId, by, ...(reason ? { reason } : {}) });
  if (!result.applied) throw ignoredRefusal(result.reason);
  return { version: result.version };
}
