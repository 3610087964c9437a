import type { Actor } from "@/lib/job-event";
import type { DataPatch } from "@/server/engine/signal";
import type { Engine } from "@/server/turn/engine-contract";
import { askEngine, because, type JobNow } from "./ask-engine";

/**
 * Takes a job out of quarantine, with its data put right by JSON merge patches, and runs the state again that it stopped
 * in. 409 when it is not in quarantine; 422 when the patched input breaks the blueprint's `input_schema`.
 */
export function requeueJob(
  engine: Engine,
  jobId: string,
  by: Actor,
  reason: string | undefined,
  patch?: DataPatch,
): Promise<JobNow> {
  return askEngine(engine, { kind: "requeue", jobId, by, ...because(reason), ...(patch ? { patch } : {}) });
}
