/** Ways to break the protocol on purpose: each must be found out by the explorer. */
export const PLANTS = {
  result_without_fence: "a result counts for the task, whatever attempt it names",
  commit_without_version: "a change is written although the job has changed since it was decided",
  ack_before_commit: "a signal is acknowledged, and its row deleted, when it is taken and not with its commit",
  cached_refusal: "a signal that does not fit a cached copy is called stale without a fresh load",
  reaper_without_guard: "a session read as expired is called dead although it was renewed meanwhile",
  reap_once: "a dead session is emptied once, and never looked at again",
  reconciler_by_age: "what is older than the oldest entry of the window counts as still queued",
  resend_by_age: "what was announced long ago is sent again without a look into the window",
  signals_before_window: "the reconciler reads the signals first and the window after them",
  no_reconciler: "nobody looks for announcements that were lost",
  started_result_in_redis_only: "the result of a task whose start was reported travels through Redis alone",
  cancelled_goes_on: "a cancelled job still hears its tasks",
  count_twice: "a branch that failed is counted once more when its retry is due",
} as const;

export type Plant = keyof typeof PLANTS;

/** One scene to explore. */
export interface Setting {
  tasks: 1 | 2;
  /** Hand-outs of one task, at most: the next loss or failure is its last. */
  fences: 1 | 2 | 3;
  /** How many faults may happen in one run, in every place and order; null: any number. */
  faults: number | null;
  /** Faults that may happen. */
  kinds: ReadonlySet<FaultKind>;
  /** Workers report starts, as those of long tasks do. */
  starts: boolean;
  /** Workers may fail a task. */
  failures: boolean;
  /** A client may cancel the job. */
  cancel: boolean;
  /** The reconciler looks for lost announcements. Off in scenes that lose none, which makes them smaller. */
  checks: boolean;
  plant?: Plant;
}

export const FAULT_KINDS = [
  "engine_crash",
  "worker_crash",
  "flush",
  "redis_down",
  "send_lost",
  "entry_twice",
  "result_twice",
  "worker_stall",
] as const;
export type FaultKind = (typeof FAULT_KINDS)[number];
