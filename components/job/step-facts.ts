import type { DisplayStatus } from "@/lib/job-status";
import type { AttemptView, StepView, TaskView } from "@/lib/job-view";

/** How long an attempt waited and ran, in ms; null while that is not known yet. */
export function attemptTimes(attempt: AttemptView): { queuedMs: number | null; ranMs: number | null } {
  const { queuedAt, startedAt, endedAt } = attempt;
  return { queuedMs: between(queuedAt, startedAt ?? endedAt), ranMs: between(startedAt, endedAt) };
}

function between(from: string | null, to: string | null): number | null {
  return from === null || to === null ? null : Math.max(0, Date.parse(to) - Date.parse(from));
}

/** The status of an attempt as a person sees it. */
export function attemptStatus(attempt: AttemptView, task: TaskView): DisplayStatus {
  if (attempt.outcome === "success") return "succeeded";
  if (attempt.outcome === "failure" || attempt.outcome === "lost") return "failed";
  if (attempt.endedAt !== null || task.status === "cancelled") return "cancelled";
  return attempt.startedAt === null ? "queued" : "running";
}

/** Workers that a step's tasks ran on, in the order they came, each once. */
export function workersOf(step: StepView): string[] {
  const workers = new Set<string>();
  for (const task of step.tasks) {
    for (const { worker } of task.attempts) if (worker) workers.add(worker);
  }
  return [...workers];
}

/** Attempts in all, over the branches of a fan-out too. */
export function attemptCount(step: StepView): number {
  if (step.handlerFailures.length > 0 && step.tasks.length === 0)
    return step.handlerFailures.length + (step.status === "failed" ? 0 : 1);
  return step.tasks.reduce((sum, task) => sum + task.attempts.length, 0);
}

export function taskError(task: TaskView): { code: string; message: string } | null {
  return task.attempts.findLast(({ error }) => error !== null)?.error ?? null;
}

/** From the first attempt's dispatch to the last one's end; `toMs` is null while it is open. */
export function taskSpan(task: TaskView): { from: string | null; to: string | null } {
  const last = task.attempts.at(-1);
  const open = task.status === "queued" || task.status === "running" || task.status === "retrying";
  return { from: task.attempts[0]?.queuedAt ?? null, to: open ? null : (last?.endedAt ?? null) };
}
