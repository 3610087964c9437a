import type { OpenTask } from "./job";

/** A task of a job that is paused: one that nobody works on yet may not be taken now. */
export function park(task: OpenTask): OpenTask {
  const { phase } = task;
  return phase === "ready" || phase === "retry" ? { ...task, phase: "held", parked: phase, dueMs: undefined } : task;
}

/** The same when the job goes on. One that waited for its next attempt has it now. */
export function unpark(task: OpenTask): OpenTask {
  if (!task.parked) return task;
  const fence = task.parked === "retry" ? task.fence + 1 : task.fence;
  return { ...task, phase: "ready", fence, parked: undefined };
}
