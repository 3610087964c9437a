import type { ErrorEnvelope } from "./error-envelope";
import type { LogRecord, TaskCode } from "./executor";
import type { Isolation } from "./isolation";

/** A child of another version is not given work; both come from one build, so that only a mixed one can differ. */
export const PROTOCOL_VERSION = 1;

/** What a slot is told about itself when it starts, as JSON in its first argument. */
export interface SlotSettings {
  slot: number;
  isolation: Isolation;
  host: string;
  maxResultBytes: number;
  /** Milliseconds between two signs of life while something runs. */
  beatMs: number;
}

/** `run` numbers the executions of one executor; a message about another than the running one is dropped. */
export interface RunMessage {
  kind: "run";
  run: number;
  id: string;
  code: TaskCode;
  input: string;
  context: string | undefined;
  traceparent: string | undefined;
  /** The slot has not run this task before: it says when its code is there and begins. */
  announce: boolean;
  /** More often than the slot's own `beatMs`; absent: that. */
  beatMs: number | undefined;
}

/** Why a task is told to stop. */
export type StopCode = "TASK_TIMEOUT" | "TASK_CANCELLED" | "BRIDGE_CLOSED";

export type ToSlot =
  | RunMessage
  | { kind: "abort"; run: number; code: StopCode; reason: string }
  | { kind: "answer"; run: number; call: number; value: string }
  | { kind: "refusal"; run: number; call: number; envelope: ErrorEnvelope };

/** Bytes, as the engine of the slot counts them. */
export interface MemoryUse {
  heap: number;
  external: number;
}

export type FromSlot =
  | { kind: "ready"; version: number }
  | { kind: "started"; run: number }
  | { kind: "progress"; run: number; fraction: number; message: string | undefined }
  /** `run` 0: said while nothing ran. */
  | { kind: "log"; run: number; record: LogRecord }
  /** Log records that were too many. */
  | { kind: "dropped"; count: number }
  | { kind: "beat"; loopLagMs: number; memory: MemoryUse }
  | { kind: "call"; run: number; call: number; method: string; argument: string }
  | { kind: "ok"; run: number; output: string; memory: MemoryUse | undefined }
  | { kind: "err"; run: number; envelope: ErrorEnvelope; memory: MemoryUse | undefined }
  /** Nobody caught an error; `runs` are those that were running then. The slot begins none of those that come after. */
  | { kind: "fault"; runs: number[]; envelope: ErrorEnvelope };

/** The child's end of the line to its executor. */
export interface SlotPort {
  post(message: FromSlot): void;
  onMessage(listener: (message: ToSlot) => void): void;
}

/** What tells one piece of code from another. */
export function codeKey({ module, exportName, name }: TaskCode): string {
  return module === null ? name : `${module}#${exportName ?? ""}#${name}`;
}
