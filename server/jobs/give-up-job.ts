import type { Actor } from "@/lib/job-event";
import type { Engine } from "@/server/turn/engine-contract";
import { askEngine, because, type JobNow } from "./ask-engine";

/** Ends a quarantined job as failed; its parent hears of it. 409 when it is not in quarantine. */
export function giveUpJob(engine: Engine, jobId: string, by: Actor, reason: string | undefined): Promise<JobNow> {
  return askEngine(engine, { kind: "give_up", jobId, by, ...because(reason) });
}
