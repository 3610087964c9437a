import type { MessagePort } from "node:worker_threads";
import type { ErrorEnvelope } from "../error-envelope";
import type { LogRecord } from "../executor";
import type { Isolation } from "../isolation";

/** Where a call is, in memory that both threads read: its caller knows without a message, even while it is blocked. */
export const QUEUED = 0;
/** The thread has it and loads its module. */
export const TAKEN = 1;
export const RUNNING = 2;
/** Its caller wants it no more; the thread may not start it. */
export const DROPPED = 3;

/** Places in the header that a dispatcher and its caller share. */
export const READY = 0;
export const DEAD = 1;

/** `shared` runs the tasks itself, many at a time; `isolated` owns executors and never runs a task itself. */
export type DispatcherRole = "shared" | "isolated";

/** What a dispatcher thread is started with. */
export interface DispatcherData {
  role: DispatcherRole;
  port: MessagePort;
  /** Closes when the thread ends, however it ends. */
  life: MessagePort;
  /** One counter for all dispatchers of a caller; it waits on it. */
  wake: Int32Array;
  header: Int32Array;
  /** A place for each call in flight. */
  states: Int32Array;
  /** `sharedNow` of when each began. */
  begunAt: Float64Array;
  generation: number;
  /** Begins the id of each of its executions. */
  prefix: string;
  maxResultBytes: number;
  softHeapBytes: number;
  /** Of this process, and of each that runs a task apart; undefined: without limit. */
  maxRssMb: number | undefined;
  /** Executions of each kind that run apart at the same time. */
  slots: number;
  /** URL of the program of their threads and processes; empty where none runs apart. */
  childEntry: string;
  /** Their whole environment. */
  env: Record<string, string>;
  /** Node flags of their threads and processes; undefined: those of this thread. */
  execArgv: string[] | undefined;
}

export interface RunCall {
  id: number;
  place: number;
  code: number;
  input: string;
  timeoutMs: number | null;
  graceMs: number;
  queueTtlMs: number | null;
  isolation: Isolation;
  traceparent: string;
}

export type StopCode = "TASK_CANCELLED" | "BRIDGE_CLOSED";

export type ToDispatcher =
  /** Of `packRun`. */
  | string
  | { t: "code"; code: number; name: string; version: number; module: string }
  | { t: "abort"; id: number; code: StopCode; reason: string }
  /** Tells the caller, who may be blocked, when another of its dispatchers has died. */
  | { t: "watch"; life: MessagePort; header: Int32Array }
  | { t: "close"; drainMs: number };

export type FromDispatcher =
  /** Of `packResult`. */
  | string
  | { t: "err"; id: number; envelope: ErrorEnvelope }
  | { t: "dropped"; id: number }
  | { t: "progress"; id: number; fraction: number; message: string | undefined }
  /** `id` 0: said outside of any task. */
  | { t: "log"; id: number; record: LogRecord }
  /** It should be replaced once its calls are done: its memory grew, or code of an ended task failed in it. */
  | { t: "retire"; reason: "heap" | "leaked" }
  /** `id` is the call whose code ended the thread; 0 when nobody knows. */
  | { t: "exit"; id: number; exitCode: number }
  | { t: "closed" };

/** As text: a message of many members costs as much as all the rest of a short call. */
export function packRun(run: RunCall): string {
  const { id, place, code, timeoutMs, graceMs, queueTtlMs, isolation, traceparent, input } = run;
  return `${id},${place},${code},${timeoutMs ?? ""},${graceMs},${queueTtlMs ?? ""},${isolation},${traceparent}\n${input}`;
}

export function unpackRun(text: string): RunCall {
  const line = text.indexOf("\n");
  const [id, place, code, timeoutMs, graceMs, queueTtlMs, isolation, ...traceparent] = text.slice(0, line).split(",");
  return {
    id: Number(id),
    place: Number(place),
    code: Number(code),
    timeoutMs: timeoutMs ? Number(timeoutMs) : null,
    graceMs: Number(graceMs),
    queueTtlMs: queueTtlMs ? Number(queueTtlMs) : null,
    isolation: isolation as Isolation,
    traceparent: traceparent.join(","),
    input: text.slice(line + 1),
  };
}

export function packResult(id: number, text: string): string {
  return `${id}\n${text}`;
}

export function unpackResult(message: string): { id: number; text: string } {
  const line = message.indexOf("\n");
  return { id: Number(message.slice(0, line)), text: message.slice(line + 1) };
}

/** Milliseconds of a clock that all threads of a process share and nobody sets. */
export function sharedNow(): number {
  const [seconds, nanoseconds] = process.hrtime();
  return seconds * 1e3 + nanoseconds / 1e6;
}

/** Wakes the caller if it waits. */
export function wakeCaller(wake: Int32Array): void {
  Atomics.add(wake, 0, 1);
  Atomics.notify(wake, 0);
}
