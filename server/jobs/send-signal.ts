import type { Actor } from "@/lib/job-event";
import type { JsonValue } from "@/lib/json";
import type { Engine } from "@/server/turn/engine-contract";
import { askEngine, type JobNow } from "./ask-engine";

/**
 * Gives a waiting job the signal that it waits for; the payload goes into its state history under the name of the state.
 * 409 when it does not wait for a signal of this name, saying what it waits for.
 */
export function sendSignal(
  engine: Engine,
  jobId: string,
  by: Actor,
  name: string,
  payload: JsonValue | undefined,
): Promise<JobNow> {
  return askEngine(engine, { kind: "signal_sent", jobId, by, name, ...(payload === undefined ? {} : { payload }) });
}
