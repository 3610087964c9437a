import { BridgeError } from "../bridge-error";
import type { BridgeContext } from "../define-task";
import type { LogRecord } from "../executor";
import type { TaskName } from "./loaded-task";
import type { FromDispatcher, RunCall, StopCode } from "./wire";

/** What a call needs of its dispatcher. */
export interface CallLine {
  prefix: string;
  post(message: FromDispatcher): void;
  log(no: number, record: LogRecord): void;
}

/** One call as its dispatcher thread sees it, and what its task is given as context; costly parts are made when asked for. */
export class SharedCall implements BridgeContext {
  private stop: { code: StopCode | "TASK_TIMEOUT"; reason: string } | undefined;
  private controller: AbortController | undefined;
  /** `sharedNow` of when its time is over. */
  stopAt = Number.POSITIVE_INFINITY;
  private over = false;

  constructor(
    private readonly message: RunCall,
    readonly task: TaskName,
    private readonly line: CallLine,
  ) {}

  get no(): number {
    return this.message.id;
  }

  get id(): string {
    return this.line.prefix + this.message.id;
  }

  get traceparent(): string {
    return this.message.traceparent;
  }

  get signal(): AbortSignal {
    if (this.controller === undefined) {
      this.controller = new AbortController();
      if (this.stop) this.controller.abort(this.stopReason());
    }
    return this.controller.signal;
  }

  progress = (fraction: number, message?: string): void => {
    if (!this.over) this.line.post({ t: "progress", id: this.no, fraction, message });
  };

  log = (record: LogRecord): void => {
    if (!this.over) this.line.log(this.no, record);
  };

  get stopped(): boolean {
    return this.stop !== undefined;
  }

  abort(code: StopCode | "TASK_TIMEOUT", reason: string): void {
    if (this.stop || this.over) return;
    this.stop = { code, reason };
    this.controller?.abort(this.stopReason());
  }

  end(): void {
    this.over = true;
  }

  /** Tells it to stop when its time is over; when that will be otherwise. */
  stopIfDue(now: number): number {
    if (this.stop || now < this.stopAt) return this.stop ? Number.POSITIVE_INFINITY : this.stopAt;
    this.abort("TASK_TIMEOUT", `It may run for ${this.message.timeoutMs} ms`);
    return Number.POSITIVE_INFINITY;
  }

  /** What the call fails with: the stop that it was told, with what the task threw then as the cause, or that itself. */
  errorOf(thrown: unknown): unknown {
    if (this.stop === undefined) return thrown;
    return this.stopError({ cause: thrown });
  }

  private stopReason(): BridgeError {
    return this.stopError(undefined);
  }

  private stopError(options: { cause: unknown } | undefined): BridgeError {
    const { code, reason } = this.stop ?? { code: "TASK_CANCELLED" as const, reason: "" };
    const ending =
      code === "TASK_TIMEOUT" ? `${this.task.name} was stopped at its time limit` : `${this.task.name} was stopped`;
    const limit = code === "TASK_TIMEOUT" ? { limitMs: this.message.timeoutMs ?? undefined } : {};
    const cause =
      options?.cause === undefined || options.cause === this.controller?.signal.reason ? undefined : options;
    return new BridgeError(code, `${ending}: ${reason}`, { phase: "soft", reason, ...limit }, cause);
  }
}
