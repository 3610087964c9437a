import type { OpenTask } from "./job";

/** A task as its dispatch made it: first attempt, first fence. */
export function newTask(no: number, type: string, branch: number | null, held = false): OpenTask {
  return { no, type, phase: held ? "held" : "ready", attempt: 1, fence: 1, losses: 0, branch, worker: null };
}
