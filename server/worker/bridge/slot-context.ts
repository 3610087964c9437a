import { BridgeError } from "./bridge-error";
import type { ErrorEnvelope } from "./error-envelope";
import { unpackError } from "./error-envelope";
import type { LogRecord } from "./executor";
import type { FromSlot, RunMessage, SlotPort, StopCode } from "./messages";

/** What the code of a task is given beside its input. */
export interface SlotContext {
  /** The execution's id. */
  readonly id: string;
  /** Aborted with a BridgeError (`TASK_TIMEOUT`, `TASK_CANCELLED`) when the task is to stop; killed after its grace. */
  readonly signal: AbortSignal;
  /** JSON text that came with the request; empty when none did. */
  readonly contextText: string;
  /** W3C trace context; empty when none came. */
  readonly traceparent: string;
  /** How far the task is, from 0 to 1. */
  progress(fraction: number, message?: string): void;
  log(record: LogRecord): void;
  /** Asks the executor's side (`onCall`); JSON text in and out. Rejects with what it rejected with. */
  call(method: string, argument: string): Promise<string>;
}

/** Of one run: a loop may tell of each row, and whoever listens has others to listen to. */
const MOST_PROGRESS_PER_SECOND = 200;

interface Waiting {
  resolve(value: string): void;
  reject(error: Error): void;
}

/** The context of one run. Its costly parts are made when they are first asked for. */
export class RunContext implements SlotContext {
  private controller: AbortController | undefined;
  private stop: { code: StopCode; reason: string } | undefined;
  private calls: Map<number, Waiting> | undefined;
  private lastCall = 0;
  private over = false;
  private second = 0;
  private told = 0;
  /** The last progress of those that were too many. */
  private held: FromSlot | undefined;

  constructor(
    private readonly message: RunMessage,
    private readonly port: SlotPort,
    private readonly writeLog: (run: number, record: LogRecord) => void,
  ) {}

  get id(): string {
    return this.message.id;
  }

  get contextText(): string {
    return this.message.context ?? "";
  }

  get traceparent(): string {
    return this.message.traceparent ?? "";
  }

  get signal(): AbortSignal {
    if (this.controller === undefined) {
      this.controller = new AbortController();
      if (this.stop) this.controller.abort(stopError(this.stop));
    }
    return this.controller.signal;
  }

  /** What it was told to stop with. */
  get stopped(): BridgeError | null {
    return this.stop ? stopError(this.stop) : null;
  }

  progress = (fraction: number, message?: string): void => {
    if (this.over) return;
    const second = Math.floor(performance.now() / 1000);
    if (second !== this.second) {
      this.second = second;
      this.told = 0;
    }
    const told = { kind: "progress", run: this.message.run, fraction, message } as const;
    this.held = ++this.told > MOST_PROGRESS_PER_SECOND ? told : undefined;
    if (this.held === undefined) this.port.post(told);
  };

  log = (record: LogRecord): void => {
    if (!this.over) this.writeLog(this.message.run, record);
  };

  call = (method: string, argument: string): Promise<string> => {
    return new Promise((resolve, reject) => {
      if (this.over) return reject(new BridgeError("TASK_CANCELLED", "The task is over: it can ask for nothing more."));
      this.calls ??= new Map();
      const call = ++this.lastCall;
      this.calls.set(call, { resolve, reject });
      this.port.post({ kind: "call", run: this.message.run, call, method, argument });
    });
  };

  abort(code: StopCode, reason: string): void {
    if (this.stop) return;
    this.stop = { code, reason };
    this.controller?.abort(stopError(this.stop));
  }

  answer(call: number, value: string): void {
    this.take(call)?.resolve(value);
  }

  refuse(call: number, envelope: ErrorEnvelope): void {
    this.take(call)?.reject(unpackError(envelope));
  }

  /** What the task's code says from now on goes nowhere. */
  end(): void {
    if (this.held) this.port.post(this.held);
    this.over = true;
  }

  private take(call: number): Waiting | undefined {
    const waiting = this.calls?.get(call);
    this.calls?.delete(call);
    return waiting;
  }
}

function stopError({ code, reason }: { code: StopCode; reason: string }): BridgeError {
  return new BridgeError(code, reason, { reason });
}
