import type { KnownWorker } from "./worker-card";

/** A worker with what it is given. */
export interface PooledWorker {
  known: KnownWorker;
  /** Tasks that it runs, as far as their rows tell. */
  running: number;
  /** Tasks that wait at it. */
  queue: number;
  /** It was given a task that it did not take: until then it gets nothing, in milliseconds of the clock. */
  quietUntil: number;
  /** It was heard of within its lease. */
  isAlive: boolean;
}
