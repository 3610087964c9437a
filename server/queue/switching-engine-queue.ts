import type { Signal } from "@/server/engine/signal";
import type { EngineQueue, ReceivedSignal, TaskMessage } from "@/server/queue/contract";
import type { PostgresEngineQueue } from "@/server/queue/postgres-engine-queue";
import type { RedisEngineQueue } from "@/server/queue/redis-engine-queue";
import { isRowReceipt } from "@/server/queue/signal-row-inbox";
import type { TransportWatch } from "@/server/queue/transport-watch";
import { messageOf, quietTrouble, type TroubleListener } from "@/server/queue/trouble";

/** How often the streams are looked into while messages go by Postgres: others may still write into them. */
const STREAMS_EVERY_MS = 500;

type Tasks = { jobId: string; no: number; type: string }[];
type Attempts = { jobId: string; no: number; fence: number; type: string }[];

export interface SwitchingEngineQueueOptions {
  redis: RedisEngineQueue;
  postgres: PostgresEngineQueue;
  watch: TransportWatch;
  onTrouble?: TroubleListener;
}

/**
 * The engine's side of the queue over both transports. Messages go the way that the transport's row says; signals are
 * taken from both doors always. Nothing here waits for a Redis that has stopped answering.
 */
export function createSwitchingEngineQueue(options: SwitchingEngineQueueOptions): EngineQueue {
  return new SwitchingEngineQueue(options);
}

class SwitchingEngineQueue implements EngineQueue {
  private readonly redis: RedisEngineQueue;
  private readonly postgres: PostgresEngineQueue;
  private readonly watch: TransportWatch;
  private readonly tell: TroubleListener;
  /** A read of the streams that may be stuck in a dead link; what it brings after all comes with a later take. */
  private reading: Promise<void> | null = null;
  private late: ReceivedSignal[] = [];
  private streamsAt = 0;
  private readonly forgetChanges: () => void;

  constructor({ redis, postgres, watch, onTrouble }: SwitchingEngineQueueOptions) {
    this.redis = redis;
    this.postgres = postgres;
    this.watch = watch;
    this.tell = quietTrouble(onTrouble);
    this.forgetChanges = watch.onChange(() => {
      // The streams were emptied before they were used again.
      if (watch.usable) void this.redis.relearn();
    });
  }

  get kind(): "redis" | "postgres" {
    return this.watch.mode;
  }

  credit(type: string): number {
    return this.watch.usable ? this.redis.credit(type) : 0;
  }

  announce(messages: TaskMessage[]): void {
    // In the other mode the holder of the housekeeping makes backlog of them, as of everything announced.
    if (this.watch.mode === "redis") this.redis.announce(messages);
  }

  async takeSignals(partitions: number[], limit: number, waitMs: number): Promise<ReceivedSignal[]> {
    const deadline = Date.now() + waitMs;
    for (;;) {
      if (this.late.length > 0) return this.late.splice(0, limit);
      const left = deadline - Date.now();
      if (this.watch.usable) await this.readBoth(partitions, limit, Math.max(0, left));
      else await this.readRows(partitions, limit, Math.max(0, left));
      if (this.late.length > 0 || Date.now() >= deadline) return this.late.splice(0, limit);
    }
  }

  settleSignals(receipts: string[]): void {
    this.redis.settleSignals(receipts);
    this.postgres.settleSignals(receipts.filter(isRowReceipt));
  }

  async sendSignals(signals: Signal[]): Promise<void> {
    if (signals.length === 0) return;
    const sent = await this.unless("unusable", () => this.redis.sendSignals(signals));
    // Whatever became of it in Redis: the same signal twice changes nothing.
    if (!sent.done) await this.postgres.sendSignals(signals);
  }

  signalRowsOf(receipts: string[]): string[] {
    return this.postgres.signalRowsOf(receipts);
  }

  async reclaimSignals(partitions: number[], idleMs: number): Promise<ReceivedSignal[]> {
    const reclaimed = await this.unless("silent", () => this.redis.reclaimSignals(partitions, idleMs));
    return reclaimed.done ? reclaimed.value : [];
  }

  withdraw(tasks: Tasks): void {
    if (this.watch.usable) this.redis.withdraw(tasks);
  }

  recall(tasks: Tasks): void {
    if (this.watch.usable) this.redis.recall(tasks);
  }

  rowsWritten(jobIds: string[]): void {
    if (this.watch.usable) this.redis.rowsWritten(jobIds);
    this.postgres.rowsWritten(jobIds);
  }

  async epochChanged(): Promise<boolean> {
    const changed = await this.unless("silent", () => this.redis.epochChanged());
    return changed.done && changed.value;
  }

  async membership(candidates: Attempts): Promise<Set<string>> {
    return this.asked(() => this.redis.membership(candidates));
  }

  async holders(candidates: Attempts): Promise<Map<string, string>> {
    if (this.watch.mode === "postgres") return new Map();
    return this.asked(() => this.redis.holders(candidates));
  }

  async refillable(types: string[]): Promise<{ type: string; credit: number }[]> {
    const found = await this.unless("unusable", () => this.redis.refillable(types));
    return found.done ? found.value : [];
  }

  async reapSession(sessionId: string): Promise<TaskMessage[]> {
    // Without the streams the rows tell what a session holds; before they are used again they are emptied.
    if (this.watch.mode === "postgres") return [];
    return this.asked(() => this.redis.reapSession(sessionId));
  }

  async close(): Promise<void> {
    this.forgetChanges();
    await Promise.all([this.redis.close(), this.postgres.close()]);
    await this.reading;
  }

  /** Streams and rows, until there is something, the time is over, or Redis stops answering. */
  private async readBoth(partitions: number[], limit: number, waitMs: number): Promise<void> {
    this.reading ??= this.redis
      .takeSignals(partitions, limit, waitMs)
      .then((received) => void this.late.push(...received))
      .catch((error: unknown) => this.tell("Signals could not be taken", error))
      .finally(() => {
        this.reading = null;
      });
    const { promise, forget } = this.watch.when("unusable");
    await Promise.race([this.reading, promise]);
    forget();
  }

  /** Rows, and what others still put into the streams. */
  private async readRows(partitions: number[], limit: number, waitMs: number): Promise<void> {
    if (this.watch.redis.answers && !this.reading && Date.now() >= this.streamsAt) {
      this.streamsAt = Date.now() + STREAMS_EVERY_MS;
      this.late.push(...(await this.redis.takeStreamed(partitions, limit)));
    }
    const pause = this.late.length > 0 ? 0 : Math.min(waitMs, STREAMS_EVERY_MS);
    this.late.push(...(await this.postgres.takeSignals(partitions, limit, pause)));
  }

  /** Rejects when Redis is silent, or becomes so before it has answered. */
  private async asked<T>(ask: () => Promise<T>): Promise<T> {
    const answer = await this.unless("unusable", ask);
    if (!answer.done) throw new Error("Redis does not answer");
    return answer.value;
  }

  /** What Redis answers, unless it is away, or goes away before it has answered. */
  private async unless<T>(
    what: "unusable" | "silent",
    ask: () => Promise<T>,
  ): Promise<{ done: true; value: T } | { done: false }> {
    const { promise, forget } = this.watch.when(what);
    if (what === "silent" ? !this.watch.redis.answers : !this.watch.usable) return { done: false };
    const asking = ask();
    try {
      return await Promise.race([
        asking.then((value) => ({ done: true, value }) as const),
        promise.then(() => ({ done: false }) as const),
      ]);
    } finally {
      forget();
      asking.catch((error: unknown) => this.tell(`Redis: ${messageOf(error)}`, error));
    }
  }
}
