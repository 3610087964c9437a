import type { TaskMessage } from "@/server/queue/contract";

/** A signal as a row of the `signals` table: `lane` is its job's partition, `body` its JSON text. */
export interface SignalToStore {
  lane: number;
  jobId: string;
  body: string;
}

/** A row as read; `id` is its bigint as text. */
export interface StoredSignal {
  id: string;
  lane: number;
  body: string;
}

/**
 * What the queue needs of Postgres. The store provides it, one object per process and engine (it remembers which signal
 * rows are under way), so that the queue knows no database driver. Every promise rejects when Postgres does not answer;
 * the queue survives that.
 */
export interface PostgresQueueStore {
  /** Inserts signals in their order, committed when it resolves. */
  insertSignals(signals: SignalToStore[]): Promise<void>;
  /** Up to `limit` signals of the lanes that this object has not given yet, oldest first. Their rows stay. */
  takeSignals(lanes: number[], limit: number): Promise<StoredSignal[]>;
  /** A commit that has ended deleted these rows, so they need not be remembered for long. */
  signalsSettled(ids: string[]): void;
  /** These were given and not answered: the next take brings them again. */
  releaseSignals(ids: string[]): void;
  /** Deletes rows that no commit will answer. */
  removeSignals(ids: string[]): Promise<void>;
  /** Claims ready tasks of the types for a worker session, best priority first; from now on it holds them. */
  claimForWorker(types: string[], limit: number, sessionId: string): Promise<TaskMessage[]>;
  /**
   * Notes that a session has these announced tasks in its hands, as if it had claimed them. Answers which of them it
   * holds now: one that is gone, backlog or somebody else's is not among them.
   */
  holdTasks(
    sessionId: string,
    tasks: { jobId: string; no: number; fence: number }[],
  ): Promise<{ jobId: string; no: number }[]>;
  /** Makes the reconciler look for these announced tasks soon: their messages may not have arrived. */
  checkSoon(tasks: { jobId: string; no: number }[]): Promise<void>;
  /** What a session holds now, by its rows. */
  claimedBy(sessionId: string): Promise<TaskMessage[]>;
  /** Takes tasks that the dispatcher gave to a session, best priority first; from now on it holds them. */
  claimPlaced(sessionId: string, limit: number): Promise<TaskMessage[]>;
  /** What a session holds now of what the dispatcher gave it. */
  placedTaken(sessionId: string): Promise<TaskMessage[]>;
  /** Sets claimed tasks back to the backlog: only those that this session holds under this fence. */
  giveBackTasks(sessionId: string, tasks: { jobId: string; no: number; fence: number }[]): Promise<void>;
  /** For each task, in order: true when it is no longer open (cancelled, or ended otherwise). */
  goneTasks(tasks: { jobId: string; no: number }[]): Promise<boolean[]>;
}
