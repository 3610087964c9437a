import { attemptIdOf } from "@/lib/job-event";
import type { JsonObject } from "@/lib/json";
import { canonicalJson } from "@/server/engine/blueprint/content-hash";
import type { TaskReport } from "@/server/engine/signal";
import type { AttemptEnd } from "@/server/store/task-ends";
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
  deadline_exceeded: "The task's time limit had passed",
  job_cancelled: "The job was cancelled",
  job_already_terminated: "The job has ended",
} as const;

type Ignored = keyof typeof IGNORED;

/** `POST /tasks/result`: answered when the engine has committed it, or has said why it changes nothing. */
export async function taskResult(body: JsonObject, worker: string, deps: WorkerProtocolDeps): Promise<JsonObject> {
  const report = readResult(body, worker);
  const attemptId = attemptIdOf(report.jobId, report.no, report.fence);
  deps.replay.arrived(attemptId, worker);
  const before = deps.recentResults.find(attemptId, report);
  if (before) return before;
  const holder = await holderOf(report, deps, attemptId);
  if (holder?.worker && holder.worker !== worker) return ignored("worker_mismatch", deps);
  // The ids of a job's other tasks are easily guessed: nobody speaks for one that waits, or is in the hands of our own.
  if (holder && holder.worker === null) return ignored("stale_task", deps);
  // The blueprint's own schema is the engine's matter, and first.
  if (holder && promisesData(report)) {
    const contract = await deps.workers.contractOf(worker, holder.type);
    report.contractFault = contractFaultOf(contract?.output_schema, report.data ?? {}) ?? undefined;
  }
  const result = await applied(report, deps);
  deps.handOut.handedOut.forget(attemptId);
  if (result !== "kept" && !result.applied) return late(report, result.reason, deps);
  const transition = result === "kept" ? "result_stored" : transitionOf(report, result);
  const answer = { status: "accepted", transition };
  deps.metrics.results.inc({ transition });
  deps.recentResults.add(attemptId, report, answer);
  return answer;
}

/** A result whose data has to be as its worker itself promised. */
function promisesData({ error, outcome }: TaskReport): boolean {
  return !error && outcome !== "failure" && outcome !== "cancelled";
}

/** What the engine made of it; kept: it is stored until an engine of another release makes something of it. */
async function applied(report: TaskReport, deps: WorkerProtocolDeps): Promise<ApplyResult | "kept"> {
  try {
    return await deps.engine.apply(report);
  } catch (error) {
    if (error instanceof NotHereError && error.outcome === "kept") return "kept";
    throw error;
  }
}

/**
 * A result that changes nothing. One that was taken before, perhaps by another process, and is sent again because its
 * answer was lost is answered as the first time.
 */
async function late(report: TaskReport, reason: string, deps: WorkerProtocolDeps): Promise<JsonObject> {
  const end = reason === "job_not_found" ? null : await deps.endOf(report);
  if (end && isSame(report, end)) return { status: "accepted", transition: transitionOfEnd(report, end) };
  if (end && end.outcome === null && end.error?.code === "TIMEOUT_ERROR") return ignored("deadline_exceeded", deps);
  return ignored(reason in IGNORED ? (reason as Ignored) : "stale_task", deps);
}

function isSame(report: TaskReport, end: AttemptEnd): boolean {
  if (end.outcome !== report.outcome || end.worker !== report.worker) return false;
  // What was refused as a broken contract is compared by nothing but its word.
  if (end.error) return report.error ? end.error.code === report.error.code : end.error.code === "CONTRACT_VIOLATION";
  return !report.error && canonicalJson(end.data) === canonicalJson(report.data ?? null);
}

function ignored(reason: Ignored, deps: WorkerProtocolDeps): JsonObject {
  deps.metrics.ignored.inc({ reason });
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

function transitionOfEnd(report: TaskReport, end: AttemptEnd): string {
  if (end.branch) return "parallel_branch_accepted";
  if (report.outcome === "cancelled") return "cancelled_handled";
  return end.error ? "failure_handled" : "success_transition";
}
