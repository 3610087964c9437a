import { randomUUID } from "node:crypto";
import type { Redis } from "ioredis";
import type { Signal } from "@/server/engine/signal";
import { BLOCK_MS, connectWriter } from "@/server/queue/connection";
import { type EngineQueue, PARTITIONS, type ReceivedSignal, type TaskMessage } from "@/server/queue/contract";
import { WINDOW, WindowCredit } from "@/server/queue/credit";
import { EngineOutbox } from "@/server/queue/engine-outbox";
import { ensureGroups } from "@/server/queue/groups";
import { createKeys, FIELD, type Keys, TASK_GROUP } from "@/server/queue/keys";
import { partitionOf } from "@/server/queue/partition";
import type { PostgresQueueStore } from "@/server/queue/postgres-queue-store";
import { reapDeliveries } from "@/server/queue/reap";
import { sendSignalEntries } from "@/server/queue/send-signals";
import { pokeEntry } from "@/server/queue/signal-entry";
import { SignalInbox } from "@/server/queue/signal-inbox";
import { isRowReceipt, SignalRowInbox } from "@/server/queue/signal-row-inbox";
import { SignalStreamReader } from "@/server/queue/signal-stream-reader";
import { quietTrouble, type TroubleListener } from "@/server/queue/trouble";
import { Waker } from "@/server/queue/waker";
import { findHolders, findMembers } from "@/server/queue/window-scan";
import { Withdrawal } from "@/server/queue/withdrawal";

const ROWS_EVERY_MS = 500;
const RETRY_MS = 100;
/** More reclaimed signals than this come with the next takes. */
const RECLAIMED_AT_ONCE = 500;
const ALL_PARTITIONS = Array.from({ length: PARTITIONS }, (_, partition) => partition);

export interface RedisEngineQueueOptions {
  url: string;
  /** Before every key; `batuta:` unless told. */
  prefix?: string;
  /** The consumer's name among engines; one life of one engine. */
  engineId: string;
  /** The door for large signals, and for all signals while Redis is away. */
  rows?: PostgresQueueStore;
  onTrouble?: TroubleListener;
}

/** What the Redis queue can say beyond the contract. */
export interface RedisEngineQueue extends EngineQueue {
  /** True when Redis answers now; false within 6 s when it does not. */
  ping(): Promise<boolean>;
  /** Signals that wait in the streams, and none of the rows; waits for nothing. */
  takeStreamed(partitions: number[], limit: number): Promise<ReceivedSignal[]>;
  /** Reads how full the windows are. */
  relearn(): Promise<void>;
}

/** The engine's side of the queue on Redis streams. Connects in the background: Redis may be down now and come later. */
export function createRedisEngineQueue(options: RedisEngineQueueOptions): RedisEngineQueue {
  return new StreamEngineQueue(options);
}

class StreamEngineQueue implements RedisEngineQueue {
  readonly kind = "redis";
  private readonly redis: Redis;
  private readonly keys: Keys;
  private readonly windows = new WindowCredit();
  private readonly outbox: EngineOutbox;
  private readonly inbox: SignalInbox;
  private readonly streams: SignalStreamReader;
  private readonly rowInbox: SignalRowInbox | null;
  private readonly withdrawal: Withdrawal;
  private readonly rows: PostgresQueueStore | null;
  private readonly tell: TroubleListener;
  private readonly waker = new Waker();
  private epoch: string | null = null;
  /** When to look for rows of a partition next. */
  private readonly rowsDueAt: number[] = ALL_PARTITIONS.map(() => 0);
  private closed = false;

  constructor({ url, prefix, engineId, rows, onTrouble }: RedisEngineQueueOptions) {
    const connection = { url, name: `engine:${engineId}`.replaceAll(/\s/g, "_"), onTrouble };
    this.tell = quietTrouble(onTrouble);
    this.keys = createKeys(prefix);
    this.rows = rows ?? null;
    this.rowInbox = rows ? new SignalRowInbox(rows, this.tell) : null;
    this.redis = connectWriter(connection);
    this.outbox = new EngineOutbox(this.redis, this.keys, this.windows, this.tell, (messages) => this.unsent(messages));
    this.withdrawal = new Withdrawal(this.redis, this.keys, this.tell, () => this.outbox.flush());
    this.inbox = new SignalInbox({
      acknowledge: (partition, entryId) => this.outbox.acknowledge(partition, entryId),
      rowsWaiting: (partition) => {
        this.rowsDueAt[partition] = 0;
      },
      tell: this.tell,
    });
    this.streams = new SignalStreamReader(connection, this.redis, this.keys, engineId, this.inbox, this.tell);
    this.redis.on("close", () => this.windows.distrust());
    this.redis.on("ready", () => void this.relearn());
  }

  credit(type: string): number {
    return this.redis.status === "ready" ? this.windows.of(type) : 0;
  }

  announce(messages: TaskMessage[]): void {
    if (!this.closed) this.outbox.announce(messages);
  }

  async takeSignals(partitions: number[], limit: number, waitMs: number): Promise<ReceivedSignal[]> {
    if (partitions.length === 0 || limit <= 0) return [];
    const deadline = Date.now() + waitMs;
    for (;;) {
      const fromRows = await this.takeRows(partitions, limit);
      // With a good part of a batch at hand no time is spent on asking for more.
      const enough = fromRows.length + this.inbox.count(partitions) >= limit / 2;
      const left = fromRows.length + this.inbox.count(partitions) > 0 ? 0 : deadline - Date.now();
      const answered =
        enough || this.closed || (await this.streams.read(partitions, limit, this.blockFor(partitions, left)));
      const taken = fromRows.concat(this.inbox.draw(partitions, Math.max(0, limit - fromRows.length)));
      const remaining = deadline - Date.now();
      if (taken.length > 0 || remaining <= 0 || this.closed) return taken;
      if (!answered) await this.waker.wait(Math.min(RETRY_MS, remaining));
    }
  }

  async takeStreamed(partitions: number[], limit: number): Promise<ReceivedSignal[]> {
    if (partitions.length === 0 || limit <= 0 || this.closed) return [];
    await this.streams.read(partitions, limit, 0);
    return this.inbox.draw(partitions, limit);
  }

  settleSignals(receipts: string[]): void {
    this.rowInbox?.settle(receipts.filter(isRowReceipt));
    for (const receipt of receipts) if (!isRowReceipt(receipt)) this.inbox.settle(receipt);
  }

  async sendSignals(signals: Signal[]): Promise<void> {
    await sendSignalEntries(this.redis, this.keys, this.rows, signals, [], this.tell);
  }

  signalRowsOf(receipts: string[]): string[] {
    return this.rowInbox?.rowsOf(receipts) ?? [];
  }

  async reclaimSignals(partitions: number[], idleMs: number): Promise<ReceivedSignal[]> {
    this.inbox.forgetAbandoned();
    try {
      await this.streams.reclaim(partitions, idleMs);
    } catch (error) {
      this.tell("Signals could not be reclaimed", error);
    }
    return this.inbox.draw(partitions, RECLAIMED_AT_ONCE);
  }

  withdraw(tasks: { jobId: string; no: number; type: string }[]): void {
    this.withdrawal.withdraw(tasks);
  }

  recall(tasks: { jobId: string; no: number; type: string }[]): void {
    this.withdrawal.recall(tasks);
  }

  rowsWritten(jobIds: string[]): void {
    const partitions = [...new Set(jobIds.map(partitionOf))];
    for (const partition of partitions) this.rowsDueAt[partition] = 0;
    const pipeline = this.redis.pipeline();
    for (const partition of partitions) pipeline.xadd(this.keys.signalStream(partition), "*", FIELD, pokeEntry());
    pipeline.exec().catch((error: unknown) => this.tell("Readers of signal rows were not told", error));
  }

  async epochChanged(): Promise<boolean> {
    try {
      await this.redis.set(this.keys.epoch, randomUUID(), "NX");
      const epoch = await this.redis.get(this.keys.epoch);
      if (epoch === null || epoch === this.epoch) return false;
      const first = this.epoch === null;
      await this.restore();
      this.epoch = epoch;
      return !first;
    } catch (error) {
      this.tell("The epoch could not be read", error);
      return false;
    }
  }

  async membership(candidates: { jobId: string; no: number; fence: number; type: string }[]): Promise<Set<string>> {
    await this.outbox.flush();
    return findMembers(this.redis, this.keys, candidates);
  }

  holders(candidates: { jobId: string; no: number; fence: number; type: string }[]): Promise<Map<string, string>> {
    return findHolders(this.redis, this.keys, candidates);
  }

  async refillable(types: string[]): Promise<{ type: string; credit: number }[]> {
    if (types.length === 0 || this.closed) return [];
    try {
      const pipeline = this.redis.pipeline();
      for (const type of types) pipeline.xlen(this.keys.taskStream(type));
      for (const partition of ALL_PARTITIONS) pipeline.xlen(this.keys.signalStream(partition));
      const lengths = ((await pipeline.exec()) ?? []).map(([error, length]) => {
        if (error) throw error;
        return Number(length);
      });
      // Results that no engine has read yet fill the window too: workers that are faster than engines would empty the
      // backlog into Redis.
      const entries = lengths.slice(types.length).reduce((sum, length) => sum + length, 0);
      const unread = this.inbox.signalsIn(entries);
      return types.flatMap((type, i) => {
        this.windows.learn(type, lengths[i] ?? 0);
        const credit = this.windows.of(type) - unread;
        return credit > WINDOW / 2 ? [{ type, credit }] : [];
      });
    } catch (error) {
      this.tell("Windows could not be read", error);
      return [];
    }
  }

  reapSession(sessionId: string): Promise<TaskMessage[]> {
    return reapDeliveries(this.redis, this.keys, this.windows.types(), sessionId, this.tell);
  }

  async relearn(): Promise<void> {
    await this.refillable(this.windows.types());
  }

  async ping(): Promise<boolean> {
    try {
      await this.redis.ping();
      return true;
    } catch (error) {
      this.tell("Redis did not answer", error);
      return false;
    }
  }

  async close(): Promise<void> {
    if (this.closed) return;
    this.closed = true;
    this.waker.wake();
    if (this.redis.status === "ready") {
      await this.outbox.flush();
      await this.withdrawal.settled();
    }
    await this.streams.close();
    this.redis.disconnect();
  }

  private unsent(messages: TaskMessage[]): void {
    this.rows?.checkSoon(messages).catch((error: unknown) => this.tell("Unsent messages are found later", error));
  }

  private blockFor(partitions: number[], leftMs: number): number {
    if (leftMs <= 0) return 0;
    const untilRows = this.rowInbox ? Math.max(1, this.rowsDue(partitions) - Date.now()) : BLOCK_MS;
    return Math.min(leftMs, BLOCK_MS, untilRows);
  }

  private rowsDue(partitions: number[]): number {
    return Math.min(...partitions.map((partition) => this.rowsDueAt[partition] ?? 0));
  }

  private async takeRows(partitions: number[], limit: number): Promise<ReceivedSignal[]> {
    if (!this.rowInbox || Date.now() < this.rowsDue(partitions)) return [];
    const next = Date.now() + ROWS_EVERY_MS;
    for (const partition of partitions) this.rowsDueAt[partition] = next;
    try {
      const received = await this.rowInbox.poll(partitions, limit);
      // A full batch: there may be more.
      if (received.length >= limit) for (const partition of partitions) this.rowsDueAt[partition] = 0;
      return received;
    } catch (error) {
      this.tell("Signal rows could not be read", error);
      return [];
    }
  }

  /** Makes an emptied Redis usable again. */
  private async restore(): Promise<void> {
    const types = this.windows.types();
    this.windows.distrust();
    this.outbox.forgetRegistrations();
    await this.streams.createGroups(ALL_PARTITIONS);
    await ensureGroups(this.redis, types.map(this.keys.taskStream), TASK_GROUP);
    if (types.length > 0) await this.redis.sadd(this.keys.types, ...types);
    await this.refillable(types);
  }
}
