import { BridgeError } from "../bridge-error";
import type { BridgeTask } from "../define-task";
import type { Executor } from "../executor";
import { Call, type CallOptions } from "./call";

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
 * nobody here can block on it. Throws BRIDGE_UNAVAILABLE without a queue, INVALID_INPUT without a key.
 */
export function startDurably(task: BridgeTask, input: string, key: string | undefined, options: CallOptions): Call {
  const queue = holder()[QUEUE];
  if (!queue) {
    const advice = "Give the bridge a queue first: useQueue(executor), or call it without `durable`";
    throw new BridgeError("BRIDGE_UNAVAILABLE", `${task.name} cannot be kept: this thread has no queue. ${advice}`);
  }
  if (typeof key !== "string" || key === "") {
    throw new BridgeError("INVALID_INPUT", "A durable task needs a `key`, which names it for good", { path: "key" });
  }
  const call = new Call(0, key, task, input, options);
  const execution = queue.execute({
    id: key,
    task: { name: task.name, module: task.module, exportName: null },
    input,
    timeoutMs: options.timeoutMs,
    graceMs: options.graceMs,
    queueTtlMs: options.queueTtlMs ?? undefined,
    traceparent: options.traceparent === "" ? undefined : options.traceparent,
    onProgress: options.onProgress,
    onStarted: () => {
      if (call.kept) call.kept.begun = true;
    },
  });
  call.kept = { begun: false, cancel: (reason) => execution.cancel(reason) };
  execution.result.then(
    (text) => call.settle({ text }),
    (error) => call.settle({ error }),
  );
  return call;
}
