import { BridgeError } from "../bridge-error";
import { type BridgeTask, isBridgeTask } from "../define-task";
import { jsonText } from "../json-text";
import { checkInput } from "../run-bridge-task";
import { bridgeOfThread } from "./bridge-of-thread";
import { type Call, type CallOptions, laterInThisContext } from "./call";
import { startDurably } from "./durable-call";
import { checkMayBlock } from "./guard";
import { CallHandle, callPromise, type TaskHandle } from "./task-handle";
import type { ThreadBridge } from "./thread-bridge";

/** What every form of a call takes. Times are in milliseconds. */
export interface RunOptions {
  /** How long the task's code may run; without limit unless told. Waiting for its thread does not count. */
  timeoutMs?: number;
  /** How long it may take to stop once it is told; 2,000 unless told, 100 at least. Then it is killed. */
  graceMs?: number;
  /** How long it may wait until it begins; 30,000 where it has a time limit, else without limit. */
  queueTtlMs?: number;
  /** `process` runs it in a process of its own; the task's own setting unless told. */
  isolation?: "thread" | "process";
  /** Gives it a thread of its own, so that killing it costs no other task. */
  killable?: boolean;
  /** Cancels the task. A blocked caller sees only one that is aborted before. */
  signal?: AbortSignal;
  traceparent?: string;
  onProgress?: (fraction: number, message?: string) => void;
}

export interface BlockingOptions extends RunOptions {
  fireAndForget?: false;
  /** Blocks a protected thread all the same, with a warning, for 250 ms at most. */
  allowBlocking?: boolean;
}

export interface HandleOptions extends RunOptions {
  fireAndForget: true;
  onError?: (error: Error) => void;
  /** Hands it to the queue that `useQueue` was given: it survives this process. */
  durable?: boolean;
  /** Names a durable task: the same key runs once. */
  key?: string;
}

export interface RunAsyncTask {
  /** Runs the task in another thread, and waits: what it returns, or throws what it throws. */
  <Input, Output>(task: BridgeTask<Input, Output>, input: Input, options?: BlockingOptions): Output;
  /** Gives a handle at once. Throws only what is wrong before anything starts. */
  <Input, Output>(task: BridgeTask<Input, Output>, input: Input, options: HandleOptions): TaskHandle<Output>;
  /** For code that has an event loop: rejects where the blocking form throws. */
  async<Input, Output>(task: BridgeTask<Input, Output>, input: Input, options?: RunOptions): Promise<Output>;
}

const DEFAULT_GRACE_MS = 2000;
const MIN_GRACE_MS = 100;
const DEFAULT_QUEUE_TTL_MS = 30_000;

function run(task: BridgeTask, input: unknown, options: BlockingOptions | HandleOptions = {}): unknown {
  if (options.fireAndForget) return start(task, input, options);
  const limitMs = checkMayBlock(options.allowBlocking);
  const bridge = bridgeOfThread();
  const text = checkCall(bridge, task, input, options);
  const allowed =
    limitMs === null ? options : { ...options, timeoutMs: Math.min(options.timeoutMs ?? limitMs, limitMs) };
  const { arrivals } = bridge;
  const call = bridge.submit(task, text, callOptions(bridge, task, allowed));
  call.observed = true;
  if (bridge.wait(call, limitMs, arrivals)) return call.value();
  bridge.cancel(call, "TASK_CANCELLED", "its caller may not wait any longer");
  const message = `${task.name} was not done within the ${limitMs} ms that this thread may wait, its start included`;
  throw new BridgeError("TASK_TIMEOUT", message, { limitMs: limitMs ?? undefined });
}

function start(task: BridgeTask, input: unknown, options: HandleOptions): TaskHandle<unknown> {
  const bridge = bridgeOfThread();
  const text = checkCall(bridge, task, input, options);
  const call = options.durable
    ? cancellable(bridge, startDurably(bridge, task, text, options.key, callOptions(bridge, task, options)), options)
    : submit(bridge, task, text, options);
  if (options.onError) tellError(bridge, call, options.onError);
  return new CallHandle(bridge, call);
}

async function runAsync(task: BridgeTask, input: unknown, options: RunOptions = {}): Promise<unknown> {
  const bridge = bridgeOfThread();
  const text = checkCall(bridge, task, input, options);
  return callPromise(bridge, submit(bridge, task, text, options));
}

/**
 * Runs a task of `defineTask` in a thread beside this one. Blocks and gives the result; with `fireAndForget` gives a handle;
 * `runAsyncTask.async` gives a promise. Fails with the task's own error, or with a BridgeError whose `code` says why.
 */
export const runAsyncTask: RunAsyncTask = Object.assign(run as RunAsyncTask, {
  async: runAsync as RunAsyncTask["async"],
});

function submit(bridge: ThreadBridge, task: BridgeTask, text: string, options: RunOptions): Call {
  const call = bridge.submit(task, text, callOptions(bridge, task, options));
  bridge.deadlines.keepTime();
  return cancellable(bridge, call, options);
}

function cancellable(bridge: ThreadBridge, call: Call, { signal }: RunOptions): Call {
  if (signal) {
    const abort = () => bridge.cancel(call, "TASK_CANCELLED", reasonOf(signal));
    signal.addEventListener("abort", abort, { once: true });
    call.onSettled(() => signal.removeEventListener("abort", abort));
  }
  return call;
}

/** Everything that can be wrong before a task starts; the input as JSON text. */
function checkCall(bridge: ThreadBridge, task: unknown, input: unknown, options: RunOptions): string {
  if (!isBridgeTask(task)) throw new BridgeError("INVALID_TASK", whyNoTask(task));
  if (options.signal?.aborted) {
    const reason = reasonOf(options.signal);
    throw new BridgeError("TASK_CANCELLED", `Cancelled before it began: ${reason}`, { reason, phase: "soft" });
  }
  const packed = jsonText(input);
  if ("fault" in packed) {
    const { path, message } = packed.fault;
    const place = path === "" ? "The input" : `The input's "${path}"`;
    throw new BridgeError("INVALID_INPUT", `${place} cannot travel: ${message}`, { path });
  }
  checkInput(task, input);
  const { maxInputBytes } = bridge.settings;
  const { text } = packed;
  if (text.length * 3 > maxInputBytes && Buffer.byteLength(text) > maxInputBytes) {
    const message = `The input has ${Buffer.byteLength(text)} bytes of JSON, and maxInputBytes is ${maxInputBytes}`;
    throw new BridgeError("INPUT_TOO_LARGE", `${message}: store it, and send where it is`);
  }
  return text;
}

function whyNoTask(task: unknown): string {
  const isPromise = typeof (task as { then?: unknown } | null | undefined)?.then === "function";
  if (isPromise) {
    return "A promise is bound to the loop that made it, which would wait for itself: give a task of defineTask and its input";
  }
  if (typeof task === "function") return "A function does not travel to another thread: define it with defineTask";
  return "Give a task of defineTask";
}

function callOptions(bridge: ThreadBridge, task: BridgeTask, options: RunOptions): CallOptions {
  const timeoutMs = positive("timeoutMs", options.timeoutMs);
  const isolation = options.isolation ?? (task.isolation === "process" ? "process" : "thread");
  const apart = isolation === "process" || options.killable === true;
  return {
    role: apart ? "isolated" : "shared",
    isolation,
    timeoutMs,
    graceMs: Math.max(positive("graceMs", options.graceMs) ?? DEFAULT_GRACE_MS, MIN_GRACE_MS),
    queueTtlMs: positive("queueTtlMs", options.queueTtlMs) ?? (timeoutMs === null ? null : DEFAULT_QUEUE_TTL_MS),
    traceparent: lineOf(options.traceparent ?? bridge.settings.traceparent() ?? ""),
    onProgress: options.onProgress,
  };
}

/** What is no single line is no trace context; it came from outside, and a call does not fail for it. */
function lineOf(traceparent: string): string {
  return /^[\x20-\x7e]*$/.test(traceparent) ? traceparent : "";
}

function positive(name: string, ms: number | undefined): number | null {
  if (ms === undefined || ms === Number.POSITIVE_INFINITY) return null;
  if (typeof ms === "number" && ms > 0) return ms;
  throw new BridgeError("INVALID_INPUT", `${name} is a number of milliseconds above 0, not ${String(ms)}`, {
    path: name,
  });
}

function tellError(bridge: ThreadBridge, call: Call, onError: (error: Error) => void): void {
  call.observed = true;
  const tell = laterInThisContext(
    () => {
      const failure = call.failure();
      if (failure) onError(failure);
    },
    (thrown) => bridge.tellCallbackFailure(call, thrown),
  );
  call.onSettled(() => {
    if (call.failed) tell();
  });
}

function reasonOf(signal: AbortSignal): string {
  const { reason } = signal;
  return reason instanceof Error ? reason.message : String(reason);
}
