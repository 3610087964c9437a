import { BridgeError } from "../bridge-error";
import { type Call, type CallState, laterInThisContext } from "./call";
import { checkMayBlock } from "./guard";
import type { ThreadBridge } from "./thread-bridge";

/** A task that runs while its caller goes on. */
export interface TaskHandle<T> {
  readonly id: string;
  readonly state: CallState;
  /** It has an outcome, whichever. */
  done(): boolean;
  running(): boolean;
  cancelled(): boolean;
  /**
   * Blocks until the outcome is there: the result, or throws the error. After `timeoutMs` throws WAIT_TIMEOUT, and the task
   * runs on. Throws BLOCKING_NOT_ALLOWED or NESTED_BLOCKING_CALL where this thread may not block and the outcome is not there.
   */
  result(options?: { timeoutMs?: number; allowBlocking?: boolean }): T;
  /** The same, but gives the error: null when the task succeeded. */
  exception(options?: { timeoutMs?: number; allowBlocking?: boolean }): Error | null;
  /** Settles with the outcome. Never counts as an unhandled rejection by itself. */
  readonly promise: Promise<T>;
  /** Asks the task to stop; it is killed when it has not within its grace. False when it is too late, or was asked before. */
  cancel(reason?: string): boolean;
  /** Calls back on a turn of its own once the outcome is there, in the caller's async context. Gives what takes it back. */
  onDone(callback: (handle: TaskHandle<T>) => void): () => void;
  /** Cancels it and waits for its end. */
  [Symbol.asyncDispose](): Promise<void>;
}

export class CallHandle<T> implements TaskHandle<T> {
  private settled: Promise<T> | undefined;

  constructor(
    private readonly bridge: ThreadBridge,
    private readonly call: Call,
  ) {}

  get id(): string {
    return this.call.executionId;
  }

  get state(): CallState {
    return this.call.state;
  }

  done(): boolean {
    return this.call.outcome !== undefined;
  }

  running(): boolean {
    return this.call.state === "running" || this.call.state === "cancelling";
  }

  cancelled(): boolean {
    return this.call.state === "cancelled";
  }

  result(options: { timeoutMs?: number; allowBlocking?: boolean } = {}): T {
    this.block(options);
    return this.call.value() as T;
  }

  exception(options: { timeoutMs?: number; allowBlocking?: boolean } = {}): Error | null {
    this.block(options);
    return this.call.failure();
  }

  private block({ timeoutMs = null, allowBlocking }: { timeoutMs?: number | null; allowBlocking?: boolean }): void {
    this.call.observed = true;
    if (this.call.outcome !== undefined) return;
    if (this.call.kept) {
      const advice = "A durable task's outcome comes through this thread's own loop: await the handle's promise";
      throw new BridgeError("BLOCKING_NOT_ALLOWED", advice);
    }
    const limitMs = checkMayBlock(allowBlocking);
    const waitMs = limitMs === null ? timeoutMs : Math.min(timeoutMs ?? limitMs, limitMs);
    if (this.bridge.wait(this.call, waitMs)) return;
    const message = `${this.call.task.name} has no outcome after ${waitMs} ms of waiting; it runs on`;
    throw new BridgeError("WAIT_TIMEOUT", message, { limitMs: waitMs ?? undefined });
  }

  get promise(): Promise<T> {
    if (this.settled === undefined) {
      this.settled = callPromise<T>(this.bridge, this.call);
      this.settled.catch(() => undefined);
    }
    return this.settled;
  }

  cancel(reason = "cancelled by its caller"): boolean {
    this.call.observed = true;
    return this.bridge.cancel(this.call, "TASK_CANCELLED", reason);
  }

  onDone(callback: (handle: TaskHandle<T>) => void): () => void {
    this.call.observed = true;
    const release = this.bridge.hold();
    const later = laterInThisContext(
      () => callback(this),
      (thrown) => this.bridge.tellCallbackFailure(this.call, thrown),
    );
    const remove = this.call.onSettled(() => {
      release();
      later();
    });
    return () => {
      release();
      remove();
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.cancel("disposed");
    await this.promise.catch(() => undefined);
  }
}

/** The outcome of a call as a promise; keeps the process up until it is there. */
export function callPromise<T>(bridge: ThreadBridge, call: Call): Promise<T> {
  call.observed = true;
  return new Promise<T>((resolve, reject) => {
    const release = call.outcome === undefined ? bridge.hold() : undefined;
    call.onSettled(() => {
      release?.();
      const failure = call.failure();
      if (failure === null) resolve(call.value() as T);
      else reject(failure);
    });
  });
}
