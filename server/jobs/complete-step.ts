import type { Actor } from "@/lib/job-event";
import type { JsonValue } from "@/lib/json";
import type { Engine } from "@/server/turn/engine-contract";
import { askEngine, because, type JobNow } from "./ask-engine";

export interface StepEnd {
  /** One of the words that lead out of the current state. */
  outcome: string;
  /** Taken into the state history as a worker's result would be. */
  data?: JsonValue;
}

/**
 * Ends the job's current step by hand, in place of whoever was to do it; a task under way is withdrawn. 400 for a word that
 * does not lead on (the details list those that do), 409 when the job has ended.
 */
export function completeStep(
  engine: Engine,
  jobId: string,
  by: Actor,
  reason: string | undefined,
  { outcome, data }: StepEnd,
): Promise<JobNow> {
  const given = data === undefined ? {} : { data };
  return askEngine(engine, { kind: "complete_step", jobId, by, ...because(reason), outcome, ...given });
}
