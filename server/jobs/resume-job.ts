import type { Actor } from "@/lib/job-event";
import type { Engine } from "@/server/turn/engine-contract";
import { askEngine, because, type JobNow } from "./ask-engine";

/** Lets a paused job go on where it was held. 409 when it is not paused. */
export function resumeJob(engine: Engine, jobId: string, by: Actor, reason: string | undefined): Promise<JobNow> {
  return askEngine(engine, { kind: "resume", jobId, by, ...because(reason) });
}
