import { attemptIdOf, taskIdOf } from "@/lib/job-event";
import type { Signal } from "@/server/engine/signal";
import type { Delivery, TaskMessage, WorkerQueue } from "@/server/queue/contract";
import type { PostgresQueueStore } from "@/server/queue/postgres-queue-store";
import { signalRows } from "@/server/queue/signal-row";
import { quietTrouble, type TroubleListener } from "@/server/queue/trouble";
import { Waker } from "@/server/queue/waker";

const SHORTEST_PAUSE_MS = 1;
const LONGEST_PAUSE_MS = 20;
const PAUSE_AFTER_ERROR_MS = 250;
const CANCELS_EVERY_MS = 500;

export interface PostgresWorkerQueueOptions {
  store: PostgresQueueStore;
  /** The worker session's row id; it holds the claims. */
  sessionId: string;
  onTrouble?: TroubleListener;
}

/** What the Postgres queue can do beyond the contract. */
export interface PostgresWorkerQueue extends WorkerQueue {
  /** Takes over a task that the session has from elsewhere: it is watched for cancels until it ends. */
  adopt(message: TaskMessage): void;
  /** The task was reported, or given back, by another way. */
  forget(attemptId: string): void;
}

/** The worker's side of the queue without Redis: claims rows, reports rows. A delivery's receipt is its attempt's id. */
export function createPostgresWorkerQueue(options: PostgresWorkerQueueOptions): PostgresWorkerQueue {
  return new RowWorkerQueue(options);
}

class RowWorkerQueue implements PostgresWorkerQueue {
  readonly kind = "postgres";
  private readonly store: PostgresQueueStore;
  private readonly sessionId: string;
  private readonly tell: TroubleListener;
  private readonly waker = new Waker();
  /** Tasks claimed here and not yet ended, by receipt: what is watched for cancels. */
  private readonly held = new Map<string, TaskMessage>();
  private readonly cancelListeners: ((taskId: string) => void)[] = [];
  private watch: NodeJS.Timeout | null = null;
  /** A claim failed: it may have been committed, and then only this session can know of its tasks. */
  private suspect = false;
  /** The same of placed tasks. */
  private placedSuspect = false;
  private turn = 0;
  private closed = false;

  constructor({ store, sessionId, onTrouble }: PostgresWorkerQueueOptions) {
    this.store = store;
    this.sessionId = sessionId;
    this.tell = quietTrouble(onTrouble);
  }

  async take(types: string[], limit: number, waitMs: number): Promise<Delivery[]> {
    const deadline = Date.now() + waitMs;
    let pauseMs = SHORTEST_PAUSE_MS;
    for (;;) {
      const messages = await this.claim(types, limit);
      const left = deadline - Date.now();
      if (messages.length > 0 || left <= 0 || this.closed) {
        return messages.map((message) => {
          const receipt = attemptIdOf(message.jobId, message.no, message.fence);
          this.held.set(receipt, message);
          return { message, receipt };
        });
      }
      await this.waker.wait(Math.min(pauseMs, left));
      pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS);
    }
  }

  async takePlaced(limit: number): Promise<Delivery[]> {
    if (this.closed || limit <= 0) return [];
    let messages: TaskMessage[] = [];
    if (this.placedSuspect) {
      messages = (await this.store.placedTaken(this.sessionId)).filter(
        ({ jobId, no, fence }) => !this.held.has(attemptIdOf(jobId, no, fence)),
      );
    }
    this.placedSuspect = true;
    messages.push(...(await this.store.claimPlaced(this.sessionId, limit)));
    this.placedSuspect = false;
    return messages.map((message) => {
      const receipt = attemptIdOf(message.jobId, message.no, message.fence);
      this.held.set(receipt, message);
      return { message, receipt };
    });
  }

  async report(reports: { signal: Signal; receipt: string | null }[]): Promise<void> {
    if (reports.length === 0) return;
    await this.store.insertSignals(signalRows(reports.map(({ signal }) => signal)));
    // A start settles nothing here: the claim is the hand-out, and the task is watched for cancels until it ends.
    for (const { signal } of reports) {
      if (signal.kind === "task_result") this.held.delete(attemptIdOf(signal.jobId, signal.no, signal.fence));
    }
  }

  async giveBack(deliveries: Delivery[]): Promise<void> {
    if (deliveries.length === 0) return;
    const tasks = deliveries.map(({ message: { jobId, no, fence } }) => ({ jobId, no, fence }));
    await this.store.giveBackTasks(this.sessionId, tasks);
    for (const { receipt } of deliveries) this.held.delete(receipt);
  }

  adopt(message: TaskMessage): void {
    this.held.set(attemptIdOf(message.jobId, message.no, message.fence), message);
  }

  forget(attemptId: string): void {
    this.held.delete(attemptId);
  }

  async settle(deliveries: Delivery[]): Promise<void> {
    for (const { receipt } of deliveries) this.held.delete(receipt);
  }

  async cancelled(tasks: { jobId: string; no: number }[]): Promise<boolean[]> {
    if (tasks.length === 0) return [];
    try {
      return await this.store.goneTasks(tasks);
    } catch (error) {
      // Running a cancelled task is waste, never harm: its result changes nothing.
      this.tell("Cancels could not be read", error);
      return tasks.map(() => false);
    }
  }

  onCancel(listener: (taskId: string) => void): void {
    this.cancelListeners.push(listener);
    this.watch ??= setTimeout(() => void this.watchCancels(), CANCELS_EVERY_MS);
  }

  async close(): Promise<void> {
    this.closed = true;
    this.waker.wake();
    if (this.watch) clearTimeout(this.watch);
  }

  private async claim(types: string[], limit: number): Promise<TaskMessage[]> {
    if (this.closed || types.length === 0 || limit <= 0) return [];
    this.turn = (this.turn + 1) % types.length;
    const rotated = [...types.slice(this.turn), ...types.slice(0, this.turn)];
    try {
      if (this.suspect) {
        const forgotten = await this.forgotten(limit);
        if (forgotten.length > 0) return forgotten;
      }
      return await this.store.claimForWorker(rotated, limit, this.sessionId);
    } catch (error) {
      this.suspect = true;
      this.tell("Tasks could not be claimed", error);
      await this.waker.wait(PAUSE_AFTER_ERROR_MS);
      return [];
    }
  }

  /** Tasks of this session that are in nobody's hands; one whose result is on its way may be among them, and runs again. */
  private async forgotten(limit: number): Promise<TaskMessage[]> {
    const claimed = await this.store.claimedBy(this.sessionId);
    const found = claimed.filter(({ jobId, no, fence }) => !this.held.has(attemptIdOf(jobId, no, fence)));
    this.suspect = found.length > limit;
    return found.slice(0, limit);
  }

  private async watchCancels(): Promise<void> {
    const held = [...this.held];
    const gone = await this.cancelled(held.map(([, message]) => message));
    held.forEach(([receipt, message], i) => {
      if (!gone[i] || !this.held.delete(receipt)) return;
      for (const tell of this.cancelListeners) tell(taskIdOf(message.jobId, message.no));
    });
    if (!this.closed) this.watch = setTimeout(() => void this.watchCancels(), CANCELS_EVERY_MS);
  }
}
