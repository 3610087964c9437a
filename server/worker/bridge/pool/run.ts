import { BridgeError, type BridgeErrorDetails } from "../bridge-error";
import type { Execution, ExecutionEnd, ExecutionRequest, LogRecord, SlotStatus } from "../executor";
import type { StopCode } from "../messages";
import type { KillReason } from "./pool-options";

export type RunPhase = "waiting" | "loading" | "running" | "aborting" | "killing" | "over";

/** What a run asks of the pool that it is in. */
export interface RunOwner {
  /** It is told to stop, and has no slot yet. */
  leftLine(run: Run): void;
  ended(run: Run): void;
}

/** The slot that a run is in. */
export interface RunPlace {
  abort(run: Run, code: StopCode, reason: string): void;
}

const KEPT_LOG_LINES = 100;
/** What a timer can hold; one that is set for longer fires at once. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** One execution, from its request until its code holds no slot any more. */
export class Run implements Execution {
  readonly result: Promise<string>;
  phase: RunPhase = "waiting";
  slot: RunPlace | null = null;
  stop: { code: StopCode; reason: string } | null = null;
  /** Why its slot is killed, when that is because of this run. */
  killReason: KillReason | null = null;
  private timer: NodeJS.Timeout | undefined;
  end: ExecutionEnd | null = null;
  private log: string[] | undefined;
  private resolve!: (output: string) => void;
  private reject!: (error: Error) => void;
  private endPromise: Promise<ExecutionEnd> | undefined;
  private tellEnd: ((end: ExecutionEnd) => void) | undefined;

  constructor(
    readonly no: number,
    readonly request: ExecutionRequest,
    private readonly owner: RunOwner,
  ) {
    this.result = new Promise((resolve, reject) => {
      this.resolve = resolve;
      this.reject = reject;
    });
  }

  get waiting(): boolean {
    return this.phase === "waiting";
  }

  get ended(): Promise<ExecutionEnd> {
    this.endPromise ??=
      this.end === null
        ? new Promise((resolve) => {
            this.tellEnd = resolve;
          })
        : Promise.resolve(this.end);
    return this.endPromise;
  }

  cancel(reason: string): void {
    this.tellToStop("TASK_CANCELLED", reason);
  }

  /** Its code begins, and with it its time limit. */
  begin(): void {
    this.phase = "running";
    this.stopTimer();
    const { timeoutMs } = this.request;
    if (timeoutMs === null) return;
    this.startTimer(timeoutMs, () => this.tellToStop("TASK_TIMEOUT", `it ran longer than ${timeoutMs} ms`));
  }

  /** The one timer of a run. What has arrived by its time is heard before: this loop may have stood still. */
  startTimer(ms: number, callback: () => void): void {
    this.stopTimer();
    const timer = setTimeout(
      () => setImmediate(() => this.timer === timer && callback()),
      Math.min(ms, LONGEST_TIMER_MS),
    );
    this.timer = timer;
  }

  stopTimer(): void {
    if (this.timer !== undefined) clearTimeout(this.timer);
    this.timer = undefined;
  }

  /** Abort, then its grace, then the kill; at once when it has not begun. The first reason stands, that of a kill as well. */
  tellToStop(code: StopCode, reason: string): void {
    if (this.phase === "over" || this.phase === "killing" || this.stop !== null) return;
    this.stop = { code, reason };
    if (this.phase === "waiting") {
      this.owner.leftLine(this);
      this.fail(this.stopError({}));
      this.finish("ended");
    } else {
      this.slot?.abort(this, code, reason);
    }
  }

  /** The error of a run that was told to stop. `cause`: what its code threw then. */
  stopError(details: BridgeErrorDetails, cause?: unknown): BridgeError {
    const { code, reason } = this.stop ?? { code: "TASK_CANCELLED" as const, reason: "it was stopped" };
    const limitMs = code === "TASK_TIMEOUT" ? (this.request.timeoutMs ?? undefined) : undefined;
    const all = { ...details, reason, ...(limitMs === undefined ? {} : { limitMs }) };
    return new BridgeError(code, `${this.request.task.name}: ${reason}`, all, { cause });
  }

  keepLog({ level, message }: LogRecord): void {
    this.log ??= [];
    if (this.log.push(`${level}: ${message}`) > KEPT_LOG_LINES) this.log.shift();
  }

  /** What an error of a killed run tells of its log. */
  logDetails(): { log?: readonly string[] } {
    return this.log ? { log: this.log } : {};
  }

  succeed(output: string): void {
    if (this.phase === "over") return;
    this.settle();
    this.resolve(output);
  }

  fail(error: Error): void {
    if (this.phase === "over") return;
    this.settle();
    this.reject(error);
  }

  finish(end: ExecutionEnd): void {
    if (this.end !== null) return;
    this.end = end;
    this.tellEnd?.(end);
    this.owner.ended(this);
  }

  private settle(): void {
    this.phase = "over";
    this.stopTimer();
  }
}

/** The status of a slot with these runs, while it is well. */
export function statusOfRuns(runs: ReadonlyMap<number, Run>): SlotStatus {
  if (runs.size === 0) return "idle";
  for (const { phase } of runs.values()) if (phase === "aborting") return "aborting";
  return "running";
}
