import type { Actor } from "@/lib/job-event";
import type { Engine } from "@/server/turn/engine-contract";
import { askEngine, because, type JobNow } from "./ask-engine";

/** Holds a job: what is under way may end, nothing new begins. 409 when it is paused, in quarantine or has ended. */
export function pauseJob(engine: Engine, jobId: string, by: Actor, reason: string | undefined): Promise<JobNow> {
  return askEngine(engine, { kind: "pause", jobId, by, ...because(reason) });
}
