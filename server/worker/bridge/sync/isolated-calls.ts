import { packError } from "../error-envelope";
import type { Execution, Executor, LogRecord } from "../executor";
import { createProcessExecutor } from "../process-executor";
import { createThreadExecutor } from "../thread-executor";
import type { TaskName } from "./loaded-task";
import { takePlace } from "./places";
import {
  type DispatcherData,
  type FromDispatcher,
  packResult,
  RUNNING,
  type RunCall,
  sharedNow,
  type ToDispatcher,
  unpackRun,
} from "./wire";

/** The calls of a dispatcher that has each run apart, in a thread or process of its own; it runs no task itself. */
export class IsolatedCalls {
  onLog: (id: number, record: LogRecord) => void = () => undefined;
  private readonly codes: TaskName[] = [];
  private readonly executions = new Map<number, Execution>();
  private readonly executors: { thread?: Executor; process?: Executor } = {};

  constructor(
    private readonly data: DispatcherData,
    private readonly post: (message: FromDispatcher) => void,
  ) {}

  /** No task's code is at work here. */
  current(): number {
    return 0;
  }

  uncaught(thrown: unknown): void {
    const text = thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown);
    this.onLog(0, { level: "error", message: `The dispatcher of isolated tasks failed: ${text}` });
  }

  handle(message: ToDispatcher): void {
    if (typeof message === "string") this.take(unpackRun(message));
    else if (message.t === "code") this.codes[message.code] = message;
    else if (message.t === "abort") this.executions.get(message.id)?.cancel(message.reason);
    else if (message.t === "close") void this.close(message.drainMs);
  }

  private take(message: RunCall): void {
    const { id, place, input, timeoutMs, graceMs, queueTtlMs, traceparent } = message;
    const code = this.codes[message.code];
    if (code === undefined) return;
    if (!takePlace(this.data.states, place)) return this.post({ t: "dropped", id });
    const { name, module } = code;
    const execution = this.executor(message.isolation === "process" ? "process" : "thread").execute({
      id: this.data.prefix + id,
      task: { name, module, exportName: null },
      input,
      timeoutMs,
      graceMs,
      queueTtlMs: queueTtlMs ?? undefined,
      traceparent: traceparent === "" ? undefined : traceparent,
      onStarted: () => {
        this.data.begunAt[place] = sharedNow();
        Atomics.store(this.data.states, place, RUNNING);
      },
      onProgress: (fraction, text) => this.post({ t: "progress", id, fraction, message: text }),
      onLog: (record) => this.onLog(id, record),
    });
    this.executions.set(id, execution);
    execution.result.then(
      (text) => this.end(id, packResult(id, text)),
      // The executor rebuilt it with what it knows of its origin.
      (error) => this.end(id, { t: "err", id, envelope: packError(error, error?.origin ?? { task: name }) }),
    );
  }

  private end(id: number, message: FromDispatcher): void {
    this.executions.delete(id);
    this.post(message);
  }

  private executor(isolation: "thread" | "process"): Executor {
    const { slots, maxResultBytes, maxRssMb, execArgv, env, childEntry } = this.data;
    const entry = new URL(childEntry);
    const options = { entry, env, slots, maxResultBytes, maxRssMb, ...(execArgv ? { execArgv } : {}) };
    const make = isolation === "process" ? createProcessExecutor : createThreadExecutor;
    this.executors[isolation] ??= make(options);
    return this.executors[isolation];
  }

  private async close(drainMs: number): Promise<void> {
    await Promise.all(Object.values(this.executors).map((executor) => executor.close({ drainMs })));
    this.post({ t: "closed" });
  }
}
