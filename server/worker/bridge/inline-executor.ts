import type { LoadTask } from "./child/task-runs";
import type { Executor } from "./executor";
import { startInline } from "./hosts/inline-host";
import { Pool } from "./pool/pool";
import type { PoolOptions } from "./pool/pool-options";

export interface InlineExecutorOptions
  extends Omit<
    PoolOptions,
    "maxTasksPerSlot" | "softHeapMb" | "maxSlotUptimeMs" | "maxRssMb" | "spare" | "tasksPerSlot"
  > {
  /** Finds the code of a task. */
  load: LoadTask;
}

/**
 * Runs tasks in the loop of whoever calls, for short, cooperative I/O. One that hears no abort is left to itself after
 * its grace (`abandoned`); one that blocks the loop blocks the caller, time limits included.
 */
export function createInlineExecutor({ load, ...pool }: InlineExecutorOptions): Executor {
  const never = Number.MAX_SAFE_INTEGER;
  const options = { ...pool, maxTasksPerSlot: never, softHeapMb: never, maxSlotUptimeMs: never };
  return new Pool("inline", options, (settings, events) => startInline(load, settings, events));
}
