import { attemptIdOf } from "@/lib/job-event";
import type { JsonObject } from "@/lib/json";
import type { TaskReport } from "@/server/engine/signal";
import type { ApplyResult } from "@/server/turn/engine-contract";
import { NotHereError } from "@/server/turn/not-here";
import { contractFaultOf } from "@/server/workers/skill-contract";
import { holderOf } from "./holder";
import type { WorkerProtocolDeps } from "./protocol-deps";
import { readResult } from "./read-result";

const IGNORED = {
  job_not_found: "There is no such job",
  worker_mismatch: "The task is in another worker's hands",
  stale_task: "The task has ended, or was given to somebody else meanwhile",
  job_cancelled: "The job was cancelled",
  job_already_terminated: "The job has ended",
} as const;

type Ignored = keyof typeof IGNORED;

/** `POST /tasks/result`: answered when the engine has committed it, or has said why it changes nothing. */
export async function taskResult(body: JsonObject, worker: string, deps: WorkerProtocolDeps): Promise<JsonObject> {
  const report = readResult(body, worker);
  const holder = await holderOf(report, deps);
  if (holder?.worker && holder.worker !== worker) return ignored("worker_mismatch");
  if (holder) report.contractFault = await contractFault(report, holder.type, deps);
  const result = await deps.engine.apply(report).catch(keptElsewhere);
  deps.handOut.handedOut.forget(attemptIdOf(report.jobId, report.no, report.fence));
  if (result === "kept") return { status: "accepted", transition: "result_stored" };
  if (!result.applied) return ignored(result.reason in IGNORED ? (result.reason as Ignored) : "stale_task");
  return { status: "accepted", transition: transitionOf(report, result) };
}

/** How a success breaks what its worker itself promised; the blueprint's own schema is the engine's matter, and first. */
async function contractFault(report: TaskReport, type: string, deps: WorkerProtocolDeps): Promise<string | undefined> {
  if (report.error || report.outcome === "failure" || report.outcome === "cancelled") return undefined;
  const contract = await deps.workers.contractOf(report.worker, type);
  return contractFaultOf(contract?.output_schema, report.data ?? {}) ?? undefined;
}

/** A result is stored before an engine of another release makes something of it. */
function keptElsewhere(error: unknown): "kept" {
  if (error instanceof NotHereError && error.outcome === "kept") return "kept";
  throw error;
}

function ignored(reason: Ignored): JsonObject {
  return { status: "ignored", reason, message: IGNORED[reason] };
}

/** The word for what the result led to; a branch of a fan-out leads on only together with the others. */
function transitionOf(report: TaskReport, result: Extract<ApplyResult, { applied: true }>): string {
  if (result.branch !== undefined) return "parallel_branch_accepted";
  if (report.outcome === "cancelled") return "cancelled_handled";
  if (report.outcome === "failure" || report.error) return "failure_handled";
  if (report.outcome !== "success" && result.status === "failed") return "unhandled_status_failure";
  return "success_transition";
}
