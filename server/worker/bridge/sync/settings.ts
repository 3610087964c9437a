import type { LogRecord } from "../executor";

/** A log line of a task, with where it came from. */
export interface TaskLog extends LogRecord {
  /** Name of the task; null when it was said outside of any. */
  task: string | null;
  executionId: string | null;
}

/** How the bridge of this thread works; every member has a default. */
export interface BridgeSettings {
  /** Calls that may be open at once; more are refused with BRIDGE_SATURATED. */
  maxInFlight: number;
  /** Bytes of an input or a result as JSON. */
  maxInputBytes: number;
  maxResultBytes: number;
  /**
   * Of the dispatcher thread, in MiB: over the soft one, buffers included, it is replaced between tasks; over the hard one,
   * which buffers are not in, it is killed.
   */
  softHeapMb: number;
  hardHeapMb: number | undefined;
  /**
   * Resident memory in MiB, buffers included, above which tasks are ended with TASK_OOM: of this process those that run in
   * its threads, of a process that runs a task apart that one. Not watched unless told.
   */
  maxRssMb: number | undefined;
  /** Node flags of the threads; those of this process that concern the loading of modules unless told. */
  execArgv: string[] | undefined;
  /** The whole environment of tasks that run apart; empty unless told. The others have a copy of this process's. */
  env: Record<string, string>;
  /** Executions that run apart (`process`, `killable`) at the same time, of each kind. */
  slots: number;
  /** Milliseconds that a failure may wait for somebody to look at it, until it counts as unobserved. */
  unobservedAfterMs: number;
  /** Where tasks' logs go; printed unless told. */
  onLog: (log: TaskLog) => void;
  onUnobserved: (error: Error, task: string) => void;
  /** Trace context of the caller, asked at each call. */
  traceparent: () => string | undefined;
}

const MEBIBYTE = 1024 * 1024;

export function defaultSettings(): BridgeSettings {
  return {
    maxInFlight: 10_000,
    maxInputBytes: 16 * MEBIBYTE,
    maxResultBytes: 16 * MEBIBYTE,
    softHeapMb: 512,
    hardHeapMb: undefined,
    maxRssMb: undefined,
    execArgv: undefined,
    env: {},
    slots: 2,
    unobservedAfterMs: 1000,
    onLog: printLog,
    onUnobserved: () => undefined,
    traceparent: () => undefined,
  };
}

function printLog({ level, message, fields, task }: TaskLog): void {
  const line = task === null ? message : `[${task}] ${message}`;
  const stream = level === "warn" || level === "error" ? process.stderr : process.stdout;
  stream.write(fields === undefined ? `${line}\n` : `${line} ${JSON.stringify(fields)}\n`);
}
