import { AsyncResource } from "node:async_hooks";
import type { BridgeCode, BridgeError } from "../bridge-error";
import type { BridgeTask } from "../define-task";
import { type ErrorEnvelope, unpackError } from "../error-envelope";
import type { Isolation } from "../isolation";
import type { Place } from "./places";
import { type DispatcherRole, DROPPED, QUEUED, type StopCode } from "./wire";

export type CallState =
  | "queued"
  | "running"
  | "cancelling"
  | "succeeded"
  | "failed"
  | "cancelled"
  | "timed_out"
  | "lost";

/** JSON text of the result, or the error: as it came, until somebody looks at it. */
export type Outcome = { text: string } | { envelope: ErrorEnvelope } | { error: Error };

export interface CallOptions {
  /** Whether the dispatcher runs it in its own loop, or has an executor run it apart. */
  role: DispatcherRole;
  isolation: Isolation;
  timeoutMs: number | null;
  graceMs: number;
  queueTtlMs: number | null;
  traceparent: string;
  onProgress: ((fraction: number, message?: string) => void) | undefined;
}

/** A durable call where it is kept, which no dispatcher of this thread is. */
export interface Kept {
  begun: boolean;
  cancel(reason: string): void;
}

const finalStates: Partial<Record<BridgeCode, CallState>> = {
  TASK_CANCELLED: "cancelled",
  TASK_TIMEOUT: "timed_out",
  BRIDGE_LOST: "lost",
  BRIDGE_CLOSED: "lost",
};

/** One call of a task, from its submission until its outcome was looked at. */
export class Call {
  outcome: Outcome | undefined;
  /** Somebody looks at its error, or will. */
  observed = false;
  stop: { code: StopCode; reason: string; at: number } | undefined;
  /** `sharedNow` of when to see whether it must be killed. */
  checkAt = Number.POSITIVE_INFINITY;
  submittedAt = 0;
  attempts = 0;
  /** Where its thread tells how far it is. */
  place: Place | undefined;
  /** Of a durable call. */
  kept: Kept | undefined;
  private error: Error | undefined;
  private listeners: (() => void)[] | undefined;

  constructor(
    readonly id: number,
    readonly executionId: string,
    readonly task: BridgeTask,
    readonly input: string,
    readonly options: CallOptions,
  ) {}

  /** Only the first outcome counts. */
  settle(outcome: Outcome): void {
    if (this.outcome !== undefined) return;
    this.outcome = outcome;
    const { listeners } = this;
    this.listeners = undefined;
    if (listeners) for (const listener of listeners) listener();
  }

  /** Calls back as soon as there is an outcome; at once when there is one. */
  onSettled(listener: () => void): () => void {
    if (this.outcome !== undefined) {
      listener();
      return () => undefined;
    }
    this.listeners ??= [];
    const { listeners } = this;
    listeners.push(listener);
    return () => {
      const index = listeners.indexOf(listener);
      if (index >= 0) listeners.splice(index, 1);
    };
  }

  get failed(): boolean {
    return this.outcome !== undefined && !("text" in this.outcome);
  }

  /** Its error, rebuilt where it is first looked at, so that its stack tells who looked; null when it succeeded. */
  failure(): Error | null {
    const { outcome } = this;
    if (outcome === undefined || "text" in outcome) return null;
    this.error ??= "error" in outcome ? outcome.error : unpackError(outcome.envelope);
    return this.error;
  }

  /** What it returned; throws what it threw. Only when there is an outcome. */
  value(): unknown {
    if (this.outcome !== undefined && "text" in this.outcome) return JSON.parse(this.outcome.text);
    throw this.failure() ?? new Error(`${this.executionId} has no outcome yet`);
  }

  get state(): CallState {
    if (this.outcome === undefined) {
      if (this.stop) return "cancelling";
      if (this.kept?.begun) return "running";
      const place = this.place?.read() ?? QUEUED;
      return place === QUEUED || place === DROPPED ? "queued" : "running";
    }
    if ("text" in this.outcome) return "succeeded";
    return finalState(this.failure());
  }
}

/** By code, not by class: a program may hold several copies of the class. */
function finalState(failure: Error | null): CallState {
  return failure?.name === "BridgeError" ? (finalStates[(failure as BridgeError).code] ?? "failed") : "failed";
}

/** `callback` in the context of now, on a turn of its own; what it throws goes to `onThrown`. */
export function laterInThisContext(callback: () => void, onThrown: (thrown: unknown) => void): () => void {
  const bound = AsyncResource.bind(callback);
  return () =>
    queueMicrotask(() => {
      try {
        bound();
      } catch (thrown) {
        onThrown(thrown);
      }
    });
}
