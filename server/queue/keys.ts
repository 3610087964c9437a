/** Consumer group of workers on task streams; the consumer is the worker session's id. */
export const TASK_GROUP = "w";
/** Consumer group of engines on signal streams; the consumer is the engine's id. */
export const SIGNAL_GROUP = "e";
/** The one field of every stream entry. */
export const FIELD = "m";
/** How long a cancel key lives: longer than any prefetched task waits in a worker, in seconds. */
export const CANCEL_KEY_SECONDS = 60;

export const DEFAULT_PREFIX = "batuta:";

/** Every Redis key and channel of the system. */
export interface Keys {
  /** Stream of one task type, read by group `w`. */
  taskStream(type: string): string;
  /** Stream of one partition's signals, read by group `e`. */
  signalStream(partition: number): string;
  /** Set when a task was cancelled a moment ago; `taskId` is `<job>.<no>`. */
  cancel(taskId: string): string;
  /** What a caller has spent of a limit. */
  limitKey(caller: string): string;
  /** Says which life of Redis this is; gone when Redis was emptied. */
  epoch: string;
  /** Set of the task types that ever had a stream. */
  types: string;
  /** Pub/sub channel of cancelled task ids. */
  cancelChannel: string;
  /** Pub/sub channel of live lines. */
  liveChannel: string;
  /** Pub/sub channel of notices between processes. */
  noticeChannel: string;
}

/** Keys below one prefix, so that several installations (or tests) can share one Redis. */
export function createKeys(prefix: string = DEFAULT_PREFIX): Keys {
  return {
    taskStream: (type) => `${prefix}t:${type}`,
    signalStream: (partition) => `${prefix}s:${partition}`,
    cancel: (taskId) => `${prefix}cancel:${taskId}`,
    limitKey: (caller) => `${prefix}limit:${caller}`,
    epoch: `${prefix}epoch`,
    types: `${prefix}types`,
    cancelChannel: `${prefix}cancelled`,
    liveChannel: `${prefix}live`,
    noticeChannel: `${prefix}notices`,
  };
}
