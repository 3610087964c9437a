import { resultPath } from "@/components/job/job-facts";
import type { ExplainAnswer, WaitingStep } from "@/lib/api/explain";
import type { JobDetail } from "@/lib/api/job";
import type { Actor } from "@/lib/job-event";
import type { DisplayStatus } from "@/lib/job-status";
import { branchCounts, type JobView, type StepView, stepIdOf } from "@/lib/job-view";

/** Why a job is not plainly running, as facts that a sentence is made from. Instants are ISO 8601. */
export type Reason =
  | {
      kind: "approval";
      approvers: string[];
      votes: number;
      quorum: number;
      message: string;
      due: string | null;
      path: string | null;
    }
  | { kind: "retrying"; task: string; attempt: number; due: string | null; error: Failure | null }
  | { kind: "handlerRetry"; state: string; due: string | null; error: Failure | null }
  | { kind: "queued"; task: string; since: string; listening: boolean }
  | { kind: "branchesFailed"; state: string; step: string; failed: number; done: number; total: number }
  | {
      kind: "failed";
      state: string;
      step: string | null;
      error: Failure | null;
      from: string | null;
      on: string | null;
    }
  | { kind: "quarantined"; state: string; step: string | null; error: Failure | null }
  | { kind: "cancelled"; by: Actor | null; why: string | null }
  | { kind: "finished"; path: string }
  /** In the server's words: what the events do not tell. */
  | { kind: "explained"; step: null; said: WaitingStep }
  | { kind: "waiting"; state: string }
  | { kind: "waitSignal"; signal: string; since: string; due: string | null }
  | { kind: "waitTime"; due: string }
  | { kind: "waitChild"; blueprint: string; child: string; since: string }
  | { kind: "paused"; by: Actor | null; why: string | null; since: string };

interface Failure {
  code: string;
  message: string;
}

/** The reason to show above the views; null for a job that plainly runs, or has ended well with nothing to open. */
export function reasonOf(detail: JobDetail, view: JobView, status: DisplayStatus): Reason | null {
  const step = view.steps.at(-1) ?? null;
  switch (status) {
    case "needs_approval":
      return approvalReason(detail, step);
    case "retrying":
      return retryReason(detail, step);
    case "queued":
      return queuedReason(detail, step);
    case "running":
      return runningReason(detail, step);
    case "failed":
      return failedReason(detail, view);
    case "quarantined":
      return { kind: "quarantined", state: detail.state, step: step && stepIdOf(step), error: failureOf(detail, step) };
    case "cancelled":
      return { kind: "cancelled", by: view.cancelled?.by ?? null, why: view.cancelled?.reason ?? null };
    case "succeeded": {
      const path = resultPath(detail);
      return path === null ? null : { kind: "finished", path };
    }
    case "waiting":
      return waitingReason(detail, step);
    case "paused": {
      const { by = null, reason = null, at = detail.updated_at } = view.paused ?? detail.paused ?? {};
      return { kind: "paused", by, why: reason, since: at };
    }
    default:
      return null;
  }
}

/** What holds a job up that seems to run: no engine of its version, no engine at all, a worker that is gone. */
const HELD_UP: ReadonlySet<string> = new Set([
  "version",
  "engine_none",
  "task_worker_gone",
  "handler_engine_gone",
  "placement_none",
]);

/** The reason that only the server can know, when it is worth a word. */
export function heldUp(explained: ExplainAnswer | undefined): Reason | null {
  const said = explained?.waiting.find(({ key }) => HELD_UP.has(key));
  return said ? { kind: "explained", step: null, said } : null;
}

function approvalReason(detail: JobDetail, step: StepView | null): Reason {
  const { approval_id: id, waiting_for: waiting } = detail;
  const asked = step?.approval ?? null;
  return {
    kind: "approval",
    approvers: asked?.approvers ?? [],
    votes: asked?.votes.length ?? 0,
    quorum: asked?.quorum ?? 1,
    message: asked?.message ?? (waiting?.kind === "approval" ? (waiting.detail ?? "") : ""),
    due: asked?.deadlineAt ?? (waiting?.kind === "approval" ? waiting.until : null),
    path: id ? `/approvals/${id}` : asked ? `/approvals/${detail.job_id}.${asked.no}` : null,
  };
}

/** What a wait or a child state waits for; what a step in pause would wait for is not told. */
function waitingReason(detail: JobDetail, step: StepView | null): Reason {
  const since = step?.enteredAt ?? detail.updated_at;
  if (step?.child) return { kind: "waitChild", blueprint: step.child.blueprint, child: step.child.jobId, since };
  const { signal = null, dueAt = null } = step?.wait ?? {};
  if (signal !== null) return { kind: "waitSignal", signal, since, due: dueAt };
  return dueAt === null ? { kind: "waiting", state: detail.state } : { kind: "waitTime", due: dueAt };
}

function retryReason(detail: JobDetail, step: StepView | null): Reason {
  const task = step?.tasks.find((each) => each.status === "retrying");
  const due = task?.attempts.at(-1)?.retryAt ?? detail.waiting_for?.until ?? null;
  if (!task) return { kind: "handlerRetry", state: detail.state, due, error: step?.error ?? null };
  const last = task.attempts.at(-1);
  return { kind: "retrying", task: task.type, attempt: (last?.attempt ?? 0) + 1, due, error: last?.error ?? null };
}

function queuedReason(detail: JobDetail, step: StepView | null): Reason | null {
  const waiting = detail.waiting_for;
  const task = step?.tasks[0];
  const since = task?.attempts.at(-1)?.queuedAt ?? detail.updated_at;
  const type = waiting?.detail ?? task?.type;
  return type ? { kind: "queued", task: type, since, listening: waiting?.kind !== "no_worker" } : null;
}

function runningReason(detail: JobDetail, step: StepView | null): Reason | null {
  const retrying = step?.fanOut ? null : step?.tasks.find((task) => task.status === "retrying");
  if (retrying) return retryReason(detail, step);
  if (!step?.fanOut) return null;
  const { succeeded = 0, failed = 0 } = branchCounts(step);
  if (failed === 0) return null;
  const done = succeeded + failed;
  return { kind: "branchesFailed", state: step.state, step: stepIdOf(step), failed, done, total: step.tasks.length };
}

/** A job fails in a step, or by coming to an end whose outcome is failure: then the step before says why. */
function failedReason(detail: JobDetail, view: JobView): Reason {
  const last = view.steps.at(-1) ?? null;
  const via = last?.via ?? null;
  if (detail.error || !via) {
    return {
      kind: "failed",
      state: detail.state,
      step: last && stepIdOf(last),
      error: failureOf(detail, last),
      from: null,
      on: null,
    };
  }
  const cause = view.steps.at(-2) ?? last;
  return {
    kind: "failed",
    state: detail.state,
    step: cause && stepIdOf(cause),
    error: cause?.error ?? null,
    from: via.from,
    on: via.when ?? via.on,
  };
}

function failureOf(detail: JobDetail, step: StepView | null): Failure | null {
  return detail.error ?? step?.error ?? null;
}
