import type { Actor } from "@/lib/job-event";
import { isTerminal } from "@/lib/job-status";
import type { JsonObject, JsonValue } from "@/lib/json";
import type { Catalogue } from "@/server/catalogue/catalogue";
import type { JobQuota } from "@/server/clients/quota";
import type { Database } from "@/server/store/database";
import { readJobState } from "@/server/store/reads/job-states";
import { type AttemptEnd, readLastTaskEnd } from "@/server/store/task-ends";
import type { Engine } from "@/server/turn/engine-contract";
import { CALL_BLUEPRINT, type CallInput } from "./call-blueprint";
import { type JobOrder, startJob } from "./start-job";

export interface SkillCall {
  input: CallInput;
  /** Whose the job is. */
  clientId: number;
  by: Actor;
  /** What handlers may know of the client. */
  client: JobOrder["client"];
  quota: JobQuota;
  metadata: JsonObject;
  trace: Record<string, string>;
  /** Of the job's task; absent: as usual. */
  timeoutMs: number;
  /** Who asked is gone. */
  gone: AbortSignal;
  cancelWhenGone: boolean;
}

/** `over`: the time was over first, and the job goes on. `gone`: so is who asked. */
export type CallEnd =
  | { kind: "ended"; jobId: string; status: string; data: JsonValue; error: { code: string; message: string } | null }
  | { kind: "over" | "gone"; jobId: string };

export interface CallParts {
  engine: Engine;
  database: Database;
  catalogue: Pick<Catalogue, "head">;
}

const FIRST_PAUSE_MS = 10;
const LONGEST_PAUSE_MS = 250;

/** Starts a job of one task and waits for its end, for so long as it is worth while. */
export async function callSkill(parts: CallParts, call: SkillCall): Promise<CallEnd> {
  const blueprint = await parts.catalogue.head(CALL_BLUEPRINT);
  if (!blueprint) throw new Error(`the blueprint ${CALL_BLUEPRINT} is not stored`);
  const { clientId, by: starter, client, metadata, trace, quota } = call;
  const body = { initial_data: { ...call.input }, metadata };
  const order = { blueprint, body, clientId, ownOnly: false, starter, client, idempotencyKey: null, trace };
  const { jobId } = await startJob(parts.engine, order, quota);
  const end = await ended(parts.database, jobId, call);
  if (end !== "gone") return end === "over" ? { kind: "over", jobId } : end;
  if (call.cancelWhenGone)
    await parts.engine.apply({ kind: "cancel", jobId, by: call.by, reason: "Whoever called the skill is gone" });
  return { kind: "gone", jobId };
}

async function ended(
  database: Database,
  jobId: string,
  { timeoutMs, gone }: SkillCall,
): Promise<"over" | "gone" | Extract<CallEnd, { kind: "ended" }>> {
  const until = performance.now() + timeoutMs;
  for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(pauseMs * 1.5, LONGEST_PAUSE_MS)) {
    if (gone.aborted) return "gone";
    const job = await readJobState(database.pool, jobId);
    if (job && (isTerminal(job.status) || job.status === "quarantined"))
      return answerOf(jobId, job, await readLastTaskEnd(database, jobId));
    const leftMs = until - performance.now();
    if (leftMs <= 0) return "over";
    await pause(Math.min(pauseMs, leftMs), gone);
  }
}

/** The worker's own word and data, where it had one; else why the job ended. */
function answerOf(
  jobId: string,
  job: { status: string; error: { code: string; message: string } | null },
  end: AttemptEnd | null,
): Extract<CallEnd, { kind: "ended" }> {
  if (job.status === "cancelled") {
    const error = { code: "CANCELLED", message: "The job was cancelled" };
    return { kind: "ended", jobId, status: "cancelled", data: null, error };
  }
  if (end && !end.error) return { kind: "ended", jobId, status: end.outcome ?? "success", data: end.data, error: null };
  const error = end?.error ?? job.error ?? { code: "INTERNAL_ERROR", message: `The job is ${job.status}` };
  return { kind: "ended", jobId, status: "failure", data: null, error: { code: error.code, message: error.message } };
}

function pause(ms: number, gone: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(done, ms);
    gone.addEventListener("abort", done, { once: true });
    function done() {
      clearTimeout(timer);
      gone.removeEventListener("abort", done);
      resolve();
    }
  });
}
