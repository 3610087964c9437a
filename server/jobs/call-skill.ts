import type { Actor } from "@/lib/job-event";
import type { JsonObject } from "@/lib/json";
import type { JobQuota } from "@/server/clients/quota";
import type { Database } from "@/server/store/database";
import { type AwaitedEnd, awaitEnd } from "./await-end";
import { type EnqueueParts, enqueueTask } from "./enqueue-task";
import type { JobOrder } from "./start-job";

export interface SkillCall {
  skill: string;
  params: JsonObject;
  /** Whose the job is. */
  clientId: number;
  by: Actor;
  /** What handlers may know of the client. */
  client: JobOrder["client"];
  quota: JobQuota;
  metadata: JsonObject;
  trace: Record<string, string>;
  /** How long to wait for the end. */
  timeoutMs: number;
  /** Who asked is gone. */
  gone: AbortSignal;
  cancelWhenGone: boolean;
}

export interface CallParts extends EnqueueParts {
  database: Database;
}

/** A job that nobody waits for any more does not wait for a worker, or for a result, for ever. */
const LONGEST_SECONDS = 86_400;

/** Starts a job of one task and waits for its end, for so long as it is worth while. */
export async function callSkill(parts: CallParts, call: SkillCall): Promise<AwaitedEnd> {
  const { skill, params, clientId, by: starter, client, metadata, trace, quota } = call;
  const options = { metadata, dispatch_timeout: LONGEST_SECONDS, result_timeout: LONGEST_SECONDS };
  const order = { task: skill, input: params, on_failure: "end" as const };
  const whose = { clientId, starter, client: client ?? null, idempotencyKey: null, trace };
  const { jobId } = await enqueueTask(parts, { order, options, ...whose }, quota);
  const end = await awaitEnd(parts.database, jobId, call);
  if (end.kind === "gone" && call.cancelWhenGone)
    await parts.engine.apply({ kind: "cancel", jobId, by: call.by, reason: "Whoever called the skill is gone" });
  return end;
}
