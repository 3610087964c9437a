import type { AttemptView, ErrorView, StepView, TaskView } from "@/lib/job-view";
import { isJsonObject, type JsonValue } from "@/lib/json";

/** A task at the moment of its dispatch. */
export function newTask(no: number, type: string, branch: number | null, at: string): TaskView {
  return { no, type, branch, status: "queued", attempts: [newAttempt(1, 1, at)], output: undefined };
}

export function newAttempt(attempt: number, fence: number, queuedAt: string): AttemptView {
  return {
    attempt,
    fence,
    queuedAt,
    startedAt: null,
    endedAt: null,
    outcome: null,
    word: null,
    worker: null,
    error: null,
    retryAt: null,
  };
}

/** The attempts with a change to the last one. */
export function changeLast(task: TaskView, change: Partial<AttemptView>): AttemptView[] {
  const last = task.attempts.at(-1);
  return last ? [...task.attempts.slice(0, -1), { ...last, ...change }] : task.attempts;
}

/** When the last attempt began that had run for `ms` by then; a worker's clock never makes it begin before it was queued. */
export function beganAt(task: TaskView, at: string, ms = 0): string {
  if (ms <= 0) return at;
  const began = new Date(Date.parse(at) - ms).toISOString();
  const queuedAt = task.attempts.at(-1)?.queuedAt ?? began;
  return began < queuedAt ? queuedAt : began;
}

/** A short task tells its start only with its end: how long it ran. */
export function ending(task: TaskView, at: string, by: { worker?: string; ms?: number }): Partial<AttemptView> {
  const last = task.attempts.at(-1);
  const ran = by.ms === undefined ? null : new Date(Date.parse(at) - by.ms).toISOString();
  return { endedAt: at, startedAt: last?.startedAt ?? ran, worker: by.worker ?? last?.worker ?? null };
}

/** The first error among the tasks' last attempts. */
export function firstError(step: StepView): ErrorView | null {
  for (const task of step.tasks) {
    const error = task.attempts.at(-1)?.error;
    if (error) return error;
  }
  return null;
}

/** The last lines that a task had logged when it was ended, where its error tells them. */
export function lastLines(details: JsonValue | undefined): { log?: readonly string[] } {
  const log = isJsonObject(details) ? details.log : undefined;
  return Array.isArray(log) && log.length > 0 ? { log: log.map(String) } : {};
}
