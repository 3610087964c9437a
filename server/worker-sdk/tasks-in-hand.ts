import type { Orchestrator, TaskPayload } from "./orchestrator";
import { type StopReason, TaskStopped } from "./skill-context";

/** One attempt, from its arrival until its result was answered. */
export interface TaskInHand {
  readonly orchestrator: Orchestrator;
  readonly payload: TaskPayload;
  readonly stopping: AbortController;
  /** Its code runs; after that its result is on its way. */
  isRunning: boolean;
}

/** What a worker holds, and the places that running code and waiting polls take. */
export interface TasksInHand {
  /** Waits for a free place and takes it; false when `signal` was aborted first. */
  takePlace(signal: AbortSignal): Promise<boolean>;
  freePlace(): void;
  add(task: TaskInHand): void;
  remove(task: TaskInHand): void;
  /** Aborts an attempt's signal; false when it is not here. */
  stop(taskId: string, reason: StopReason): boolean;
  stopAll(reason: StopReason): void;
  of(orchestrator: Orchestrator): TaskInHand[];
  /** Attempts whose code runs. */
  running(): number;
  /** All attempts, those included whose result is on its way. */
  held(): number;
  /** Resolves when nothing is in hand. */
  empty(): Promise<void>;
}

export function createTasksInHand(places: number): TasksInHand {
  let free = places;
  const waiting: { give: (got: boolean) => void }[] = [];
  const tasks = new Map<string, TaskInHand>();
  let whenEmpty: (() => void)[] = [];

  return {
    takePlace(signal) {
      if (signal.aborted) return Promise.resolve(false);
      if (free > 0) {
        free--;
        return Promise.resolve(true);
      }
      return new Promise((resolve) => {
        const leave = () => {
          waiting.splice(waiting.indexOf(entry), 1);
          resolve(false);
        };
        const entry = {
          give: (got: boolean) => {
            signal.removeEventListener("abort", leave);
            resolve(got);
          },
        };
        waiting.push(entry);
        signal.addEventListener("abort", leave, { once: true });
      });
    },
    freePlace() {
      const next = waiting.shift();
      if (next) next.give(true);
      else free++;
    },
    add: (task) => void tasks.set(task.payload.task_id, task),
    remove(task) {
      const id = task.payload.task_id;
      if (tasks.get(id) === task) tasks.delete(id);
      if (tasks.size > 0) return;
      for (const tell of whenEmpty) tell();
      whenEmpty = [];
    },
    stop(taskId, reason) {
      const task = tasks.get(taskId);
      if (!task) return false;
      task.stopping.abort(new TaskStopped(reason));
      return true;
    },
    stopAll(reason) {
      for (const { stopping } of tasks.values()) stopping.abort(new TaskStopped(reason));
    },
    of: (orchestrator) => [...tasks.values()].filter((task) => task.orchestrator === orchestrator),
    held: () => tasks.size,
    running: () => [...tasks.values()].filter(({ isRunning }) => isRunning).length,
    empty() {
      return tasks.size === 0 ? Promise.resolve() : new Promise((resolve) => whenEmpty.push(resolve));
    },
  };
}
