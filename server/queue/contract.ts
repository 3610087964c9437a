import type { Signal } from "@/server/engine/signal";

/**
 * The queue: what moves between engines, workers and browsers. Two implementations share one suite: Redis streams, and
 * Postgres `SKIP LOCKED` for when no Redis is to be had. Losing everything in it costs latency, never a job.
 */

/** One attempt of a task on its way to a worker. `params` is a copy; absent when it is too large, then read by reference. */
export interface TaskMessage {
  jobId: string;
  no: number;
  fence: number;
  attempt: number;
  type: string;
  priority: number;
  /** JSON text of the params; null when they must be read from the task's row. */
  params: string | null;
  /** One attempt's limit. */
  timeoutMs: number | null;
  blueprint: string;
  /** Epoch milliseconds by the engine's clock at hand-out; for metrics only. */
  sentAt: number;
}

/** A message in the hands of one consumer; `receipt` is what settles it. */
export interface Delivery {
  message: TaskMessage;
  receipt: string;
}

/** A signal as it was read, with what acknowledges it after the commit. */
export interface ReceivedSignal {
  signal: Signal;
  receipt: string;
}

export const PARTITIONS = 16;

/** The producing and consuming side of engines. */
export interface EngineQueue {
  readonly kind: "redis" | "postgres";
  /** How many more messages of this type the window takes; what exceeds it stays in the backlog. 0 in the Postgres queue. */
  credit(type: string): number;
  /** Sends messages whose rows are committed as announced. Never throws: what is not sent is found by the reconciler. */
  announce(messages: TaskMessage[]): void;
  /** Takes ready signals of the partitions, waiting at most `waitMs`; oldest first. None while the transport is away. */
  takeSignals(partitions: number[], limit: number, waitMs: number): Promise<ReceivedSignal[]>;
  /**
   * Forgets signals after their commit (fire and forget), in both queues, although rows are deleted in the commit itself.
   * What was taken and is not settled within 30 s may be given again.
   */
  settleSignals(receipts: string[]): void;
  /** Puts signals into their partitions (from this process or another). Rejects when no door takes them. */
  sendSignals(signals: Signal[]): Promise<void>;
  /** Row ids of Postgres signals among the receipts, to be deleted by the commit. */
  signalRowsOf(receipts: string[]): string[];
  /** Takes over signals left pending by engines that are gone (idle for more than `idleMs`). */
  reclaimSignals(partitions: number[], idleMs: number): Promise<ReceivedSignal[]>;
  /** Removes queued messages of tasks that are gone, and tells workers that hold them. */
  withdraw(tasks: { jobId: string; no: number; type: string }[]): void;
  /** Removes queued messages of tasks that are still open but may not be taken now. Workers that hold one are not told. */
  recall(tasks: { jobId: string; no: number; type: string }[]): void;
  /** Says that a commit wrote signal rows of these jobs: their partitions' readers look at once. Never throws. */
  rowsWritten(jobIds: string[]): void;
  /** True when the transport was emptied since the last call. Recreates what readers need. False while it is away. */
  epochChanged(): Promise<boolean>;
  /**
   * Attempts (`<job>.<no>.<fence>`) that are in the window (any of the types) or in the signal streams, of those asked.
   * Window first, then signals. Rejects when the transport does not answer: nothing is lost because of that.
   */
  membership(candidates: { jobId: string; no: number; fence: number; type: string }[]): Promise<Set<string>>;
  /**
   * Of the attempts asked, those that were delivered and are neither reported nor given back: attempt id → session id.
   * Rejects when the transport does not answer.
   */
  holders(candidates: { jobId: string; no: number; fence: number; type: string }[]): Promise<Map<string, string>>;
  /** Types whose window is below half, with their credit, out of the given ones; refreshes the credit from the truth. */
  refillable(types: string[]): Promise<{ type: string; credit: number }[]>;
  /** Deliveries pending at a session that is gone; removes them. Rejects when the transport does not answer. */
  reapSession(sessionId: string): Promise<TaskMessage[]>;
  close(): Promise<void>;
}

/** The consuming side of a worker session. */
export interface WorkerQueue {
  readonly kind: "redis" | "postgres";
  /** Takes up to `limit` messages of the types, waiting at most `waitMs`. None while the transport is away. */
  take(types: string[], limit: number, waitMs: number): Promise<Delivery[]>;
  /** Takes up to `limit` tasks that the dispatcher gave to this session; does not wait. Rejects when the rows cannot be read. */
  takePlaced(limit: number): Promise<Delivery[]>;
  /**
   * Sends signals (results, starts) and settles their deliveries in one atomic step. Resolves when it is in the queue;
   * rejects when no door takes them. Sending again is harmless.
   */
  report(reports: { signal: Signal; receipt: string | null }[]): Promise<void>;
  /** Gives untouched deliveries back, to be taken by others, with no attempt burned. */
  giveBack(deliveries: Delivery[]): Promise<void>;
  /** Forgets deliveries that were handed on: the tasks' rows name who holds them now. */
  settle(deliveries: Delivery[]): Promise<void>;
  /** True when the task was cancelled a moment ago (checked before a prefetched task starts). */
  cancelled(tasks: { jobId: string; no: number }[]): Promise<boolean[]>;
  /** Called with `<job>.<no>` of tasks to abort. */
  onCancel(listener: (taskId: string) => void): void;
  close(): Promise<void>;
}

/**
 * How messages move, as one process sees it. The row of the table `transport` decides for all of them; a process that
 * cannot reach Redis goes by Postgres on its own, and its engine leaves its partitions to others.
 */
export interface TransportView {
  /** What the row says, as last read. */
  readonly mode: "redis" | "postgres";
  readonly epoch: string;
  /** False in a process without a Redis to use. */
  readonly configured: boolean;
  /** Whether Redis answers this process, and for how many milliseconds that has been so. */
  readonly redis: { answers: boolean; forMs: number };
  /** Reads the row now. Rejects when Postgres does not answer. */
  refresh(): Promise<void>;
  /** Removes every task message from Redis: what was left in it is told anew. Rejects when Redis does not answer. */
  forgetTasks(): Promise<void>;
}

/** Live lines from engines to web processes. Lost lines are made good by the commit horizon. */
export interface LiveBus {
  publish(line: string): void;
  subscribe(listener: (line: string) => void): void;
  close(): Promise<void>;
}

/**
 * Short notices between processes, each to all of them, the sender included. Any of them may be lost: they save waiting
 * and are never the only way to learn a thing.
 */
export interface NoticeBus {
  tell(topic: NoticeTopic, text: string): void;
  on(topic: NoticeTopic, listener: (text: string) => void): void;
  close(): Promise<void>;
}

/**
 * `ended`: attempts that are over without their worker's word, as JSON `[attempt id, worker or null][]`.
 * `replayed`: the id of an attempt that its worker was given again.
 * `unplaced`: tasks wait for the dispatcher (no text). `placed`: the ids of sessions that were given tasks, as JSON.
 * `command`: `{worker, command}` for a remote worker's WebSocket, wherever that is, as JSON; or `{worker, opened}`, the id
 * of a connection that takes the place of all others of that worker.
 * `tokens`: clients or worker tokens changed; what is cached of them is out of date (no text).
 */
export type NoticeTopic = "unplaced" | "placed" | "command" | "tokens" | "ended" | "replayed";
