import { AsyncLocalStorage } from "node:async_hooks";
import { hostname } from "node:os";
import { getHeapStatistics } from "node:v8";
import { threadId } from "node:worker_threads";
import { BridgeError } from "../bridge-error";
import type { BridgeTask } from "../define-task";
import { packError } from "../error-envelope";
import type { LogRecord } from "../executor";
import { runBridgeTask } from "../run-bridge-task";
import { loadTask, type TaskName } from "./loaded-task";
import { type CallLine, SharedCall } from "./loop-call";
import { takePlace } from "./places";
import { TimeLimits } from "./time-limits";
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

type Code = TaskName & { task: BridgeTask | null; loading: Promise<BridgeTask> | null };

/** Asking for it costs as much as a short call. */
const LOOK_AT_MEMORY_EVERY_CALLS = 256;
const LOOK_AT_MEMORY_EVERY_MS = 250;

/** The calls of a dispatcher that runs them in its own loop, as many at a time as there are. */
export class SharedCalls {
  onLog: (id: number, record: LogRecord) => void = () => undefined;
  private readonly codes: Code[] = [];
  private readonly calls = new Map<number, SharedCall>();
  /** Which call's code is at work: knows it across timers and promises. */
  private readonly context = new AsyncLocalStorage<SharedCall>();
  private readonly line: CallLine;
  private readonly times = new TimeLimits(() => this.calls.values());
  private settledSince = 0;
  private lookedAt = 0;
  private retired = false;

  constructor(
    private readonly data: DispatcherData,
    private readonly post: (message: FromDispatcher) => void,
  ) {
    this.line = { prefix: data.prefix, post, log: (no, record) => this.onLog(no, record) };
  }

  /** Of the call whose code is at work; 0 when it is none's, or that call is over. */
  current(): number {
    const call = this.context.getStore();
    return call !== undefined && this.calls.has(call.no) ? call.no : 0;
  }

  handle(message: ToDispatcher): void {
    if (typeof message === "string") this.take(unpackRun(message));
    else if (message.t === "code") this.codes[message.code] = { ...message, task: null, loading: null };
    else if (message.t === "abort") this.calls.get(message.id)?.abort(message.code, message.reason);
  }

  private take(message: RunCall): void {
    if (!takePlace(this.data.states, message.place)) return this.post({ t: "dropped", id: message.id });
    const code = this.codes[message.code];
    if (code === undefined) return;
    const call = new SharedCall(message, code, this.line);
    this.calls.set(call.no, call);
    if (code.task !== null) return this.begin(call, message, code.task);
    code.loading ??= loadTask(code);
    code.loading.then(
      (task) => {
        code.task = task;
        this.begin(call, message, task);
      },
      (error) => {
        code.loading = null;
        this.fail(call, error);
      },
    );
  }

  private begin(call: SharedCall, message: RunCall, task: BridgeTask): void {
    if (call.stopped) return this.fail(call, undefined);
    const now = sharedNow();
    this.data.begunAt[message.place] = now;
    Atomics.store(this.data.states, message.place, RUNNING);
    this.times.start(call, now, message.timeoutMs);
    this.context.run(call, () => {
      let result: Promise<string> | string;
      try {
        result = runBridgeTask(task, message.input, call);
      } catch (thrown) {
        return this.fail(call, thrown);
      }
      if (typeof result === "string") return this.succeed(call, result);
      result.then(
        (text) => this.succeed(call, text),
        (thrown) => this.fail(call, thrown),
      );
    });
  }

  private succeed(call: SharedCall, text: string): void {
    if (call.stopped) return this.fail(call, undefined);
    const { maxResultBytes } = this.data;
    if (text.length * 3 > maxResultBytes && Buffer.byteLength(text) > maxResultBytes) {
      const message = `The result has ${Buffer.byteLength(text)} bytes of JSON, and maxResultBytes is ${maxResultBytes}`;
      return this.fail(call, new BridgeError("RESULT_TOO_LARGE", `${message}: store it, and return where it is`));
    }
    if (!this.end(call)) return;
    this.post(packResult(call.no, text));
  }

  private fail(call: SharedCall, thrown: unknown): void {
    if (!this.end(call)) return;
    const { name: task, version } = call.task;
    const host = `${hostname()}, thread ${threadId}`;
    const origin = {
      task,
      version,
      executionId: call.id,
      slot: this.data.generation,
      isolation: "thread",
      host,
    } as const;
    this.post({ t: "err", id: call.no, envelope: packError(call.errorOf(thrown), origin) });
  }

  /** False when it had ended before. */
  private end(call: SharedCall): boolean {
    if (!this.calls.delete(call.no)) return false;
    call.end();
    this.lookAtMemory();
    return true;
  }

  private lookAtMemory(): void {
    const now = performance.now();
    const isDue = ++this.settledSince >= LOOK_AT_MEMORY_EVERY_CALLS || now - this.lookedAt >= LOOK_AT_MEMORY_EVERY_MS;
    if (!isDue) return;
    this.settledSince = 0;
    this.lookedAt = now;
    const { used_heap_size, external_memory } = getHeapStatistics();
    if (used_heap_size + external_memory > this.data.softHeapBytes) this.retire("heap");
  }

  private retire(reason: "heap" | "leaked"): void {
    if (this.retired) return;
    this.retired = true;
    this.post({ t: "retire", reason });
  }

  /** An error that nobody caught fails the call whose code it came from; after that call's end it is left-over work. */
  uncaught(thrown: unknown): void {
    const from = this.context.getStore();
    const call = from ?? (this.calls.size === 1 ? [...this.calls.values()][0] : undefined);
    if (call !== undefined && this.calls.has(call.no)) {
      const message = `${call.task.name} left an error to nobody: ${thrown instanceof Error ? thrown.message : String(thrown)}`;
      this.fail(call, new BridgeError("TASK_CRASHED", message, { exitCode: null }, { cause: thrown }));
    } else {
      const text = thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown);
      const whose = from === undefined ? "Some task" : from.task.name;
      this.onLog(0, { level: "error", message: `${whose} failed after its end: ${text}` });
    }
    this.retire("leaked");
  }
}
