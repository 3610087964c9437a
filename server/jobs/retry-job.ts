import type { Actor } from "@/lib/job-event";
import type { Engine } from "@/server/turn/engine-contract";
import { askEngine, because, type JobNow } from "./ask-engine";

/** Runs a failed or quarantined job again from the state that it stands in. 409 for any other job. */
export function retryJob(engine: Engine, jobId: string, by: Actor, reason: string | undefined): Promise<JobNow> {
  return askEngine(engine, { kind: "retry", jobId, by, ...because(reason) });
}
