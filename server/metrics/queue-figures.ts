import type { Registry } from "prom-client";
import { boundedSet, droppedLabels, OTHER } from "./bounded-label";

/** `waiting`: for a worker; `retry`: for its next attempt; `held`: its job is paused, or others of its group go first. */
export const TASK_STATES = ["waiting", "running", "retry", "held"] as const;
export type TaskState = (typeof TASK_STATES)[number];

/** What the database knows of queues, workers and open jobs. */
export interface QueueFigures {
  /** Open tasks. `oldestAgeMs`: how long the oldest of them is there. */
  tasks: { type: string; state: TaskState; count: number; oldestAgeMs: number }[];
  /** Live sessions of workers by what they serve, those that drain not counted. */
  served: { type: string; workers: number }[];
  paused: string[];
  /** Jobs in quarantine. */
  quarantined: { blueprint: string; count: number }[];
  /** Open jobs. */
  jobs: { status: string; count: number }[];
  workers: { live: number; draining: number };
}

export interface ShownQueue {
  queue: string;
  counts: Record<TaskState, number>;
  oldestAgeMs: number;
  workers: number;
  isPaused: boolean;
}

/** The same with few enough names: the rest are one, `other`, with their counts added up. */
export interface ShownFigures extends Pick<QueueFigures, "jobs" | "workers"> {
  queues: ShownQueue[];
  quarantined: { blueprint: string; count: number }[];
}

/** Folds one look after another: a name that is shown stays so while it is there, so that its series does not flicker. */
export function foldedFigures(registry: Registry): (figures: QueueFigures) => ShownFigures {
  const within = { queue: boundedSet(), blueprint: boundedSet() };
  const dropped = droppedLabels(registry);
  return (figures) => {
    const queues = queuesOf(figures);
    const kept = within.queue(queues.map((one) => one.queue));
    const shown = new Map<string, ShownQueue>();
    for (const one of queues) {
      const queue = kept.has(one.queue) ? one.queue : OTHER;
      if (!kept.has(one.queue)) dropped.inc({ label: "queue" });
      const there = shown.get(queue);
      shown.set(queue, there ? both(there, one) : { ...one, queue });
    }
    const blueprints = within.blueprint(figures.quarantined.map((one) => one.blueprint));
    const quarantined = new Map<string, number>();
    for (const { blueprint, count } of figures.quarantined) {
      const name = blueprints.has(blueprint) ? blueprint : OTHER;
      if (!blueprints.has(blueprint)) dropped.inc({ label: "blueprint" });
      quarantined.set(name, (quarantined.get(name) ?? 0) + count);
    }
    return {
      queues: [...shown.values()],
      quarantined: [...quarantined].map(([blueprint, count]) => ({ blueprint, count })),
      jobs: figures.jobs,
      workers: figures.workers,
    };
  };
}

/** One row for each queue, those with the most tasks first. */
function queuesOf({ tasks, served, paused }: QueueFigures): ShownQueue[] {
  const queues = new Map<string, ShownQueue>();
  const queueOf = (type: string) => {
    const there = queues.get(type) ?? {
      queue: type,
      counts: { waiting: 0, running: 0, retry: 0, held: 0 },
      oldestAgeMs: 0,
      workers: 0,
      isPaused: false,
    };
    queues.set(type, there);
    return there;
  };
  for (const { type, state, count, oldestAgeMs } of tasks) {
    const queue = queueOf(type);
    queue.counts[state] += count;
    if (state === "waiting") queue.oldestAgeMs = Math.max(queue.oldestAgeMs, oldestAgeMs, 0);
  }
  for (const { type, workers } of served) queueOf(type).workers = workers;
  for (const type of paused) queueOf(type).isPaused = true;
  return [...queues.values()].toSorted((a, b) => openTasks(b) - openTasks(a));
}

function openTasks({ counts }: ShownQueue): number {
  return TASK_STATES.reduce((sum, state) => sum + counts[state], 0);
}

/** Of several queues under one name: the fewest workers of any, so that one that nobody serves is not hidden. */
function both(a: ShownQueue, b: ShownQueue): ShownQueue {
  const sum = (state: TaskState) => a.counts[state] + b.counts[state];
  return {
    queue: a.queue,
    counts: { waiting: sum("waiting"), running: sum("running"), retry: sum("retry"), held: sum("held") },
    oldestAgeMs: Math.max(a.oldestAgeMs, b.oldestAgeMs),
    workers: Math.min(a.workers, b.workers),
    isPaused: a.isPaused && b.isPaused,
  };
}
