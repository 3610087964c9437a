import { BridgeError } from "../bridge-error";
import type { BridgeTask } from "../define-task";
import type { Executor } from "../executor";
import { Call, type CallOptions, type Kept } from "./call";
import type { ThreadBridge } from "./thread-bridge";

const QUEUE = Symbol.for("batuta.bridge.queue");

function holder(): { [QUEUE]?: Executor | null } {
  return globalThis as { [QUEUE]?: Executor | null };
}

/** Gives the durable tasks of this thread the executor that keeps them; null takes it away. */
export function useQueue(executor: Executor | null): void {
  holder()[QUEUE] = executor;
}

/**
 * Hands a task to the queue; `key` is the execution's id, and names it for good. The call settles in this thread's own loop, so
 * nobody here can block on it. Throws BRIDGE_UNAVAILABLE without a queue, INVALID_INPUT without a key, and as `submit` does.
 */
export function startDurably(
  bridge: ThreadBridge,
  task: BridgeTask,
  input: string,
  key: string | undefined,
  options: CallOptions,
): Call {
  const queue = holder()[QUEUE];
  if (!queue) {
    const advice = "Give the bridge a queue first: useQueue(executor), or call it without `durable`";
    throw new BridgeError("BRIDGE_UNAVAILABLE", `${task.name} cannot be kept: this thread has no queue. ${advice}`);
  }
  if (typeof key !== "string" || key === "") {
    throw new BridgeError("INVALID_INPUT", "A durable task needs a `key`, which names it for good", { path: "key" });
  }
  const call = new Call(0, key, task, input, options);
  bridge.keep(call, () => keptBy(queue, call));
  return call;
}

function keptBy(queue: Executor, call: Call): Kept {
  const { timeoutMs, graceMs, queueTtlMs, traceparent, onProgress } = call.options;
  const { name, module } = call.task;
  const kept: Kept = { begun: false, cancel: (reason) => execution.cancel(reason) };
  const execution = queue.execute({
    id: call.executionId,
    task: { name, module, exportName: null },
    input: call.input,
    timeoutMs,
    graceMs,
    queueTtlMs: queueTtlMs ?? undefined,
    traceparent: traceparent === "" ? undefined : traceparent,
    onProgress,
    onStarted: () => {
      kept.begun = true;
    },
  });
  execution.result.then(
    (text) => call.settle({ text }),
    (error) => call.settle({ error }),
  );
  return kept;
}
