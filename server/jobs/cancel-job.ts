import type { Actor } from "@/lib/job-event";
import type { Engine } from "@/server/turn/engine-contract";
import { askEngine, because, type JobNow } from "./ask-engine";

/** Ends a job that has not ended yet, with everything it has under way. 409 when it has. */
export function cancelJob(engine: Engine, jobId: string, by: Actor, reason: string | undefined): Promise<JobNow> {
  return askEngine(engine, { kind: "cancel", jobId, by, ...because(reason) });
}
