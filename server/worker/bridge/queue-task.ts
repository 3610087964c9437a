import type { JsonObject, JsonValue } from "@/lib/json";
import { type TaskContext, TaskError, type TaskFunction } from "@/server/tasks/task-function";
import { BridgeError } from "./bridge-error";
import { type ErrorEnvelope, packError } from "./error-envelope";
import type { Executor, LogRecord, TaskCode } from "./executor";

/** What travels to the worker: the parameters of the job's task. */
export interface QueuedCall {
  id: string;
  input: JsonValue;
  context?: string;
  traceparent?: string;
}

/** What comes back: the data of its result. What the task told on its way comes with it. */
export interface QueuedEnd {
  output: JsonValue;
  told: Told[];
}

export type Told = { progress: [fraction: number, message?: string] } | { log: LogRecord };

/** Beside code and message of a failure: the whole error. */
export interface QueuedFault {
  error: ErrorEnvelope;
  told: Told[];
}

const MOST_TOLD = 100;
const PREFIX = "bridge-";
const MAX_NAME = 128;

/** The task type that workers serve a task of the bridge by: task types have no dots. Throws INVALID_TASK for a long one. */
export function queuedTaskName(name: string): string {
  const type = PREFIX + name.replaceAll(".", "-");
  if (type.length <= MAX_NAME) return type;
  throw new BridgeError(
    "INVALID_TASK",
    `The name ${name} is too long for a queue: ${MAX_NAME - PREFIX.length} at most`,
  );
}

/**
 * The tasks of the bridge that a worker serves for a queue executor, by task type: what `createBatuta` takes as `tasks`.
 * `executor` runs them, in whatever isolation it has. Throws INVALID_TASK when two names become the same task type.
 */
export function queuedTasks(tasks: readonly TaskCode[], executor: Executor): Record<string, TaskFunction> {
  const served: Record<string, TaskFunction> = {};
  for (const task of tasks) {
    const type = queuedTaskName(task.name);
    if (served[type]) throw new BridgeError("INVALID_TASK", `Two tasks are called ${type} in a queue: ${task.name}`);
    served[type] = (params, context) => perform(task, params as unknown as QueuedCall, context, executor);
  }
  return served;
}

async function perform(task: TaskCode, call: QueuedCall, context: TaskContext, executor: Executor) {
  const told: Told[] = [];
  const tell = (one: Told) => void (told.length < MOST_TOLD && told.push(one));
  const { signal } = context;
  const execution = executor.execute({
    id: call.id,
    task,
    input: JSON.stringify(call.input),
    ...(call.context === undefined ? {} : { context: call.context }),
    ...(call.traceparent === undefined ? {} : { traceparent: call.traceparent }),
    // Its job has the limit.
    timeoutMs: null,
    onProgress: (fraction, message) => {
      tell({ progress: message === undefined ? [fraction] : [fraction, message] });
      context.progress(fraction, message);
    },
    onLog: (log) => {
      tell({ log });
      context.log[log.level](log.message, log.fields);
    },
  });
  const stop = () =>
    execution.cancel(signal.reason instanceof Error ? signal.reason.message : "The attempt was stopped");
  signal.addEventListener("abort", stop, { once: true });
  if (signal.aborted) stop();
  try {
    return { data: { output: JSON.parse(await execution.result) as JsonValue, told } };
  } catch (error) {
    throw faultOf(error, told);
  } finally {
    signal.removeEventListener("abort", stop);
  }
}

/** The engine's table decides on another attempt by the code; the caller gets the error itself. */
function faultOf(error: unknown, told: Told[]): TaskError {
  const envelope = packError(error, {});
  const details = { error: envelope, told } satisfies QueuedFault as unknown as JsonObject;
  const retryable = error instanceof BridgeError ? error.retryable : envelope.retryable !== false;
  const wait = envelope.retryAfterMs === null ? {} : { retryAfterMs: envelope.retryAfterMs };
  return new TaskError(retryable ? "INTERNAL_ERROR" : "PERMANENT_ERROR", envelope.message, { details, ...wait });
}
