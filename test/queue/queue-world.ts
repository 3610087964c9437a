import { randomUUID } from "node:crypto";
import type { Signal, TaskReport } from "@/server/engine/signal";
import type { EngineQueue, ReceivedSignal, TaskMessage, WorkerQueue } from "@/server/queue/contract";

export const ALL_PARTITIONS = Array.from({ length: 16 }, (_, partition) => partition);

/** One implementation of the queue with what is around it in the running system. */
export interface QueueWorld {
  engine(engineId?: string): EngineQueue;
  worker(sessionId?: string): WorkerQueue;
  /** Makes tasks ready, as a committed turn does. */
  offer(engine: EngineQueue, messages: TaskMessage[]): Promise<void>;
  /** Ends tasks and tells the queue, as a committed cancel does. */
  cancel(engine: EngineQueue, messages: TaskMessage[]): Promise<void>;
  /** What a turn does after deciding: commits, deleting signal rows with it, then settles. */
  commit(engine: EngineQueue, received: ReceivedSignal[]): Promise<void>;
  /** Closes every queue that was opened. */
  close(): Promise<void>;
}

let clock = Date.now();

/** A job id whose order is its age, as in the running system. */
export function jobId(): string {
  clock += 1;
  const time = clock.toString(16).padStart(12, "0");
  return `${time.slice(0, 8)}-${time.slice(8)}-7${randomUUID().slice(15)}`;
}

export function taskMessage(fields: Partial<TaskMessage> = {}): TaskMessage {
  return {
    jobId: jobId(),
    no: 2048,
    fence: 1,
    attempt: 1,
    type: "echo",
    priority: 0,
    params: '{"text":"hello"}',
    timeoutMs: 30_000,
    blueprint: "demo",
    sentAt: Date.now(),
    ...fields,
  };
}

export function taskMessages(count: number, fields: Partial<TaskMessage> = {}): TaskMessage[] {
  return Array.from({ length: count }, () => taskMessage(fields));
}

/** A worker's result for a message. */
export function resultOf({ jobId: job, no, fence }: TaskMessage, data: TaskReport["data"] = null): TaskReport {
  return { kind: "task_result", jobId: job, no, fence, worker: "w1", outcome: "success", data };
}

export function cancelSignal(job: string = jobId()): Signal {
  return { kind: "cancel", jobId: job, by: { kind: "operator", id: "1", name: "Ada" } } as Signal;
}

export function idsOf(list: { jobId: string }[]): string[] {
  return list.map((one) => one.jobId);
}

/** Takes until `count` messages came or nothing more comes. */
export async function takeAll(worker: WorkerQueue, types: string[], count: number, limit = 50): Promise<TaskMessage[]> {
  const taken: TaskMessage[] = [];
  while (taken.length < count) {
    const deliveries = await worker.take(types, Math.min(limit, count - taken.length), 2_000);
    if (deliveries.length === 0) return taken;
    taken.push(...deliveries.map(({ message }) => message));
  }
  return taken;
}

/** Takes signals until `count` came or nothing more comes. */
export async function takeSignals(
  engine: EngineQueue,
  count: number,
  partitions = ALL_PARTITIONS,
): Promise<ReceivedSignal[]> {
  const taken: ReceivedSignal[] = [];
  while (taken.length < count) {
    const received = await engine.takeSignals(partitions, count - taken.length, 2_000);
    if (received.length === 0) return taken;
    taken.push(...received);
  }
  return taken;
}

/** Asks again and again until the answer is true. */
export async function until(what: string, ask: () => Promise<boolean> | boolean, waitMs = 60_000): Promise<void> {
  const deadline = Date.now() + waitMs;
  while (!(await ask())) {
    if (Date.now() > deadline) throw new Error(`Not so after ${waitMs} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
