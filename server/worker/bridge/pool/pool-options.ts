import type { Isolation } from "../isolation";

/** Something worth a log line or a count. */
export type PoolEvent =
  | { kind: "killed"; slot: number; reason: KillReason; task: string | null; executionId: string | null }
  | { kind: "recycled"; slot: number; reason: RecycleReason }
  /** An error that nobody caught, and no task was running. */
  | { kind: "fault"; slot: number; error: Error }
  | { kind: "zombie"; slot: number; task: string | null; executionId: string | null }
  | { kind: "spawn-failed"; slot: number; error: Error }
  /** Why no slot can be started; null when they can again. */
  | { kind: "unavailable"; reason: string | null };

export type KillReason = "timeout" | "cancelled" | "stuck" | "oom" | "crash" | "memory" | "close";
export type RecycleReason = "tasks" | "heap" | "age" | "leaked";

export interface PoolLimits {
  /** Slots at work at the same time; they are started when they are first needed. */
  slots: number;
  /** Tasks at the same time in one slot. A kill takes its neighbours along, so more than 1 is for cooperative I/O. */
  tasksPerSlot: number;
  /** Keeps one idle slot ready beyond those that are busy. */
  spare: boolean;
  /** Executions that may wait for a slot. */
  maxWaiting: number;
  maxInputBytes: number;
  maxResultBytes: number;
  /** Milliseconds between the wish to stop and the kill, when the request says none. */
  graceMs: number;
  /** Milliseconds that the start of a slot, and the loading of a task's code, may take. */
  startTimeoutMs: number;
  /** Milliseconds between two signs of life of a running task. */
  beatMs: number;
  /** A slot that has not ended this long after its kill is a zombie. */
  zombieAfterMs: number;
  /** Zombies that are replaced; with more than these there are fewer slots. */
  maxZombies: number;
  maxTasksPerSlot: number;
  /** A slot whose heap is larger after a task is replaced. */
  softHeapMb: number;
  maxSlotUptimeMs: number;
  /** Resident memory at which the largest slot is killed: of this process, or of the slot's own. Null: not watched. */
  maxRssMb: number | null;
}

export const defaultLimits: PoolLimits = {
  slots: 2,
  tasksPerSlot: 1,
  spare: false,
  maxWaiting: 10_000,
  maxInputBytes: 8 * 1024 * 1024,
  maxResultBytes: 8 * 1024 * 1024,
  graceMs: 2000,
  startTimeoutMs: 60_000,
  beatMs: 1000,
  zombieAfterMs: 2000,
  maxZombies: 2,
  maxTasksPerSlot: 500,
  softHeapMb: 256,
  maxSlotUptimeMs: 60 * 60_000,
  maxRssMb: null,
};

export const MIN_GRACE_MS = 100;

export interface PoolOptions extends Partial<PoolLimits> {
  onEvent?: (event: PoolEvent) => void;
}

export interface PoolSettings extends PoolLimits {
  isolation: Isolation;
  onEvent: (event: PoolEvent) => void;
}

/** Throws a RangeError that names the limit at fault. */
export function poolSettings(isolation: Isolation, options: PoolOptions): PoolSettings {
  const given = Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
  const settings: PoolSettings = { ...defaultLimits, onEvent: () => undefined, ...given, isolation };
  for (const name of ["slots", "tasksPerSlot", "maxTasksPerSlot", "beatMs"] as const) {
    const value = settings[name];
    if (!Number.isInteger(value) || value < 1) throw new RangeError(`${name} is ${value}; it must be 1 or more`);
  }
  return settings;
}
