import type { JsonObject, JsonValue } from "@/lib/json";
import { BridgeError, type StopPhase } from "./bridge-error";
import { unpackError } from "./error-envelope";
import type { ExecutionRequest, Executor } from "./executor";
import type { InlineContext } from "./inline-context";
import { createInlineExecutor, type InlineExecutorOptions } from "./inline-executor";
import { type QueuedCall, type QueuedEnd, type QueuedFault, queuedTaskName, type Told } from "./queue-task";
import type { SlotContext } from "./slot-context";

/** What the executor asks of a queue: a started `createBatuta()` is one. */
export interface TaskQueue {
  enqueue(task: string, input: JsonObject, options: QueueJobOptions): Promise<string>;
  /** What the job's task gave; rejects with a JobError (`status`, `code`, `reason`, `details`) when it gave nothing. */
  wait(jobId: string, options: { signal: AbortSignal }): Promise<unknown>;
  cancel(jobId: string, options: { reason: string }): Promise<void>;
}

export interface QueueJobOptions {
  idempotencyKey: string;
  onFailure: "end";
  retry: { maxAttempts: number };
  timeoutSeconds?: number;
  traceparent?: string;
  labels: Record<string, string>;
}

export interface QueueExecutorOptions
  extends Omit<InlineExecutorOptions, "load" | "heartbeatTimeoutMs" | "entry" | "env"> {
  queue: TaskQueue;
  /** Of each execution, the first included; a lost worker costs none. Default 1. */
  maxAttempts?: number;
}

/**
 * Runs tasks as jobs of one task each, on whatever worker serves them (`queuedTasks`): they survive this process. `slots` is
 * how many of them are under way at once. The execution's id is the key of the job: the same id again is the same job. A
 * limit counts while the code runs, on the worker; what the task logs comes with its end, and it cannot call back.
 */
export function createQueueExecutor({ queue, maxAttempts = 1, ...pool }: QueueExecutorOptions): Executor {
  const load: InlineExecutorOptions["load"] = async ({ name: task }) => {
    const type = queuedTaskName(task);
    return (input, context) => runAsJob({ queue, type, task, maxAttempts }, input, context);
  };
  const waiting = createInlineExecutor({ slots: 1_000, ...pool, load });
  return {
    isolation: "queue",
    execute({ timeoutMs: limitMs, ...request }) {
      return waiting.execute({ ...request, limitMs, timeoutMs: null, heartbeatTimeoutMs: undefined } as LimitedRequest);
    },
    slots: () => [],
    stats: () => waiting.stats(),
    close: (options) => waiting.close(options),
  };
}

interface Job {
  queue: TaskQueue;
  type: string;
  task: string;
  maxAttempts: number;
}

/** The limit is the job's, not the pool's: time in the queue is no time of the code. */
interface LimitedRequest extends ExecutionRequest {
  limitMs: number | null;
}

async function runAsJob(job: Job, input: string, context: InlineContext): Promise<string> {
  const { limitMs } = context.request as LimitedRequest;
  const jobId = await enqueued(job, input, context, limitMs);
  const { signal } = context;
  try {
    const end = (await job.queue.wait(jobId, { signal })) as QueuedEnd;
    replay(end.told, context);
    return JSON.stringify(end.output);
  } catch (error) {
    if (signal.aborted) {
      const reason = signal.reason instanceof Error ? signal.reason.message : "The execution was cancelled";
      // A bridge that closes leaves its jobs to the workers; one that ended in the meantime needs no cancelling.
      if ((signal.reason as { code?: unknown }).code !== "BRIDGE_CLOSED")
        await job.queue.cancel(jobId, { reason }).catch(() => undefined);
      throw signal.reason;
    }
    throw errorOf(error, limitMs, context);
  }
}

async function enqueued(
  { queue, type, task, maxAttempts }: Job,
  input: string,
  context: SlotContext,
  limitMs: number | null,
) {
  const { id, contextText, traceparent } = context;
  const call: QueuedCall = {
    id,
    input: JSON.parse(input) as JsonValue,
    ...(contextText === "" ? {} : { context: contextText }),
    ...(traceparent === "" ? {} : { traceparent }),
  };
  const options: QueueJobOptions = {
    idempotencyKey: `bridge:${id}`,
    onFailure: "end",
    retry: { maxAttempts },
    labels: { bridge_task: task },
    ...(limitMs === null ? {} : { timeoutSeconds: limitMs / 1000 }),
    ...(traceparent === "" ? {} : { traceparent }),
  };
  try {
    return await queue.enqueue(type, call as unknown as JsonObject, options);
  } catch (error) {
    throw refusal(error, task);
  }
}

/** What a queue says of a job that it does not take. */
function refusal(error: unknown, task: string): Error {
  const { status, code, message } = error as { status?: number; code?: string; message?: string };
  const cause = { cause: error };
  if (code === "unknown_task")
    return new BridgeError("INVALID_TASK", `No worker serves ${task} (${message})`, {}, cause);
  if (status === 413) return new BridgeError("INPUT_TOO_LARGE", String(message), {}, cause);
  if (status === 429 || status === 503) return new BridgeError("BRIDGE_SATURATED", String(message), {}, cause);
  if (status !== undefined && status < 500) return new BridgeError("INVALID_INPUT", String(message), {}, cause);
  return new BridgeError("BRIDGE_UNAVAILABLE", `The queue takes no jobs: ${message}`, {}, cause);
}

interface JobFailure {
  status: string;
  code: string | null;
  reason: string | null;
  details?: JsonObject;
}

/** The task's own error as it was; of what the worker or an operator did, what the bridge says of that. */
function errorOf(error: unknown, limitMs: number | null, context: SlotContext): Error {
  if (!(error instanceof Error) || error.name !== "JobError") return error as Error;
  const { status, code, reason, details } = error as Error & JobFailure;
  const message = reason ?? error.message;
  if (status === "cancelled") return new BridgeError("TASK_CANCELLED", "The job was cancelled", { reason: message });
  const fault = details as Partial<QueuedFault> | undefined;
  if (fault?.error) {
    replay(fault.told ?? [], context);
    return unpackError(fault.error);
  }
  if (code === "TIMEOUT_ERROR") {
    const phase: StopPhase = details?.phase === "soft" ? "soft" : "hard";
    const cause = new BridgeError("TASK_TIMEOUT", message, { phase });
    return new BridgeError("TASK_TIMEOUT", message, { phase, ...(limitMs === null ? {} : { limitMs }) }, { cause });
  }
  if (code === "CONTRACT_VIOLATION") return new BridgeError("RESULT_TOO_LARGE", message, {}, { cause: error });
  if (code === "INVALID_INPUT_ERROR") return new BridgeError("INVALID_INPUT", message, {}, { cause: error });
  return new BridgeError("BRIDGE_LOST", `${code ?? status}: ${message}`, {}, { cause: error });
}

function replay(told: readonly Told[], context: SlotContext): void {
  for (const one of told) {
    if ("log" in one) context.log(one.log);
    else context.progress(...one.progress);
  }
}
