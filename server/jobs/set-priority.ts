import type { Actor } from "@/lib/job-event";
import type { Engine } from "@/server/turn/engine-contract";
import { askEngine, type JobNow } from "./ask-engine";

/** Sets the priority of all the job's tasks, those that wait for a worker included; higher comes first. 409 when it has ended. */
export function setPriority(engine: Engine, jobId: string, by: Actor, priority: number): Promise<JobNow> {
  return askEngine(engine, { kind: "set_priority", jobId, by, priority });
}
