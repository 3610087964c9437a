import type { Redis } from "ioredis";
import { taskIdOf } from "@/lib/job-event";
import { type ConnectionOptions, connectSubscriber, connectWriter } from "@/server/queue/connection";
import type { Delivery, WorkerQueue } from "@/server/queue/contract";
import { createKeys, FIELD, type Keys, TASK_GROUP } from "@/server/queue/keys";
import { giveBackScript } from "@/server/queue/lua/give-back";
import { runScript } from "@/server/queue/lua/script";
import { partitionOf } from "@/server/queue/partition";
import type { PostgresQueueStore } from "@/server/queue/postgres-queue-store";
import { sendSignalEntries, settleDeliveries, type TaskReceipt } from "@/server/queue/send-signals";
import { pokeEntry } from "@/server/queue/signal-entry";
import { signalRows } from "@/server/queue/signal-row";
import { parseTaskReceipt, TaskStreamReader } from "@/server/queue/task-stream-reader";
import { quietTrouble, type TroubleListener } from "@/server/queue/trouble";

const SETTLE_AGAIN_MS = 1_000;

type Report = Parameters<WorkerQueue["report"]>[0][number];

export interface RedisWorkerQueueOptions {
  url: string;
  /** Before every key; `batuta:` unless told. */
  prefix?: string;
  /** The consumer's name: one life of one worker process. */
  sessionId: string;
  /** The door for large signals, and for all signals while Redis is away. */
  rows?: PostgresQueueStore;
  onTrouble?: TroubleListener;
}

/** What the Redis queue can do beyond the contract. */
export interface RedisWorkerQueue extends WorkerQueue {
  /** Forgets deliveries, by their receipts, as soon as Redis answers. */
  settleSoon(receipts: string[]): void;
}

/** The worker's side of the queue on Redis streams. Connects in the background: Redis may be down now and come later. */
export function createRedisWorkerQueue(options: RedisWorkerQueueOptions): RedisWorkerQueue {
  return new StreamWorkerQueue(options);
}

class StreamWorkerQueue implements RedisWorkerQueue {
  readonly kind = "redis";
  private readonly redis: Redis;
  private readonly keys: Keys;
  private readonly connection: ConnectionOptions;
  private readonly tasks: TaskStreamReader;
  private readonly rows: PostgresQueueStore | null;
  private readonly tell: TroubleListener;
  private readonly cancelListeners: ((taskId: string) => void)[] = [];
  private subscriber: { close(): void } | null = null;
  /** Deliveries to forget as soon as Redis answers: their signals went another way, or nobody can read them. */
  private unsettled: TaskReceipt[] = [];
  private settling: NodeJS.Timeout | null = null;
  private closed = false;

  constructor({ url, prefix, sessionId, rows, onTrouble }: RedisWorkerQueueOptions) {
    this.connection = { url, name: `worker:${sessionId}`.replaceAll(/\s/g, "_"), onTrouble };
    this.tell = quietTrouble(onTrouble);
    this.keys = createKeys(prefix);
    this.rows = rows ?? null;
    this.redis = connectWriter(this.connection);
    this.tasks = new TaskStreamReader(this.connection, this.redis, this.keys, sessionId, {
      giveBack: (deliveries) => this.giveBack(deliveries),
      discard: (entry) => this.settleLater([entry]),
      tell: this.tell,
    });
  }

  take(types: string[], limit: number, waitMs: number): Promise<Delivery[]> {
    return this.tasks.take(types, limit, waitMs);
  }

  /** None: placed tasks are rows, and rows are the other queue's. */
  async takePlaced(): Promise<Delivery[]> {
    return [];
  }

  async report(reports: Report[]): Promise<void> {
    const carried = await this.reportByRows(reports);
    const receipts = carried.flatMap(({ receipt }) => (receipt === null ? [] : [receipt]));
    const entries = receipts.map(parseTaskReceipt);
    const signals = carried.map(({ signal }) => signal);
    const settled = await sendSignalEntries(this.redis, this.keys, this.rows, signals, entries, this.tell);
    if (settled) this.tasks.release(receipts);
    else this.settleLater(entries);
  }

  /**
   * Writes down what has no delivery in Redis any more, as the result of a task whose start was reported, and returns the
   * rest. If it went through Redis and that were emptied, nothing would bring the task back: its row says that a living
   * session has it.
   */
  private async reportByRows(reports: Report[]): Promise<Report[]> {
    const { rows } = this;
    const bare = reports.flatMap((report) => (isBare(report) ? [report.signal] : []));
    if (!rows || bare.length === 0) return reports;
    await rows.insertSignals(signalRows(bare));
    const pipeline = this.redis.pipeline();
    for (const partition of new Set(bare.map(({ jobId }) => partitionOf(jobId)))) {
      pipeline.xadd(this.keys.signalStream(partition), "*", FIELD, pokeEntry());
    }
    // Nobody waits for it: engines look at the rows now and then by themselves.
    pipeline.exec().catch((error: unknown) => this.tell("Readers of signal rows were not told", error));
    return reports.filter((report) => !isBare(report));
  }

  async giveBack(deliveries: Delivery[]): Promise<void> {
    const byType = new Map<string, Delivery[]>();
    for (const delivery of deliveries) {
      const { type } = parseTaskReceipt(delivery.receipt);
      byType.set(type, [...(byType.get(type) ?? []), delivery]);
    }
    for (const [type, list] of byType) {
      const ids = list.map(({ receipt }) => parseTaskReceipt(receipt).entryId);
      await runScript(this.redis, giveBackScript, [this.keys.taskStream(type)], [TASK_GROUP, ...ids]);
      this.tasks.release(list.map(({ receipt }) => receipt));
    }
  }

  async settle(deliveries: Delivery[]): Promise<void> {
    const receipts = deliveries.map(({ receipt }) => receipt);
    await settleDeliveries(this.redis, this.keys, receipts.map(parseTaskReceipt));
    this.tasks.release(receipts);
  }

  settleSoon(receipts: string[]): void {
    if (receipts.length > 0) this.settleLater(receipts.map(parseTaskReceipt));
  }

  async cancelled(tasks: { jobId: string; no: number }[]): Promise<boolean[]> {
    if (tasks.length === 0) return [];
    try {
      const found = await this.redis.mget(tasks.map((task) => this.keys.cancel(taskIdOf(task.jobId, task.no))));
      return found.map((value) => value !== null);
    } catch (error) {
      // Running a cancelled task is waste, never harm: its result changes nothing.
      this.tell("Cancels could not be read", error);
      return tasks.map(() => false);
    }
  }

  onCancel(listener: (taskId: string) => void): void {
    this.cancelListeners.push(listener);
    this.subscriber ??= connectSubscriber(this.connection, this.keys.cancelChannel, (taskId) => {
      for (const tell of this.cancelListeners) tell(taskId);
    });
  }

  async close(): Promise<void> {
    if (this.closed) return;
    this.closed = true;
    await this.tasks.close();
    if (this.settling) clearTimeout(this.settling);
    if (this.redis.status === "ready") await this.settleNow();
    this.subscriber?.close();
    this.redis.disconnect();
  }

  private settleLater(entries: TaskReceipt[]): void {
    this.unsettled.push(...entries);
    if (this.closed) return;
    this.settling ??= setTimeout(() => {
      this.settling = null;
      void this.settleNow();
    }, SETTLE_AGAIN_MS);
  }

  private async settleNow(): Promise<void> {
    const entries = this.unsettled;
    if (entries.length === 0) return;
    this.unsettled = [];
    try {
      await settleDeliveries(this.redis, this.keys, entries);
      this.tasks.release(entries.map(({ type, entryId }) => `${entryId} ${type}`));
    } catch (error) {
      this.tell("Deliveries could not be settled", error);
      this.settleLater(entries);
    }
  }
}

/** The end of an attempt that has no delivery any more. */
function isBare({ signal, receipt }: Report): boolean {
  return receipt === null && (signal.kind === "task_result" || signal.kind === "delivery_lost");
}
