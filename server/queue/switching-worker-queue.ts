import { attemptIdOf } from "@/lib/job-event";
import type { Signal } from "@/server/engine/signal";
import type { Delivery, TaskMessage, WorkerQueue } from "@/server/queue/contract";
import type { PostgresQueueStore } from "@/server/queue/postgres-queue-store";
import type { PostgresWorkerQueue } from "@/server/queue/postgres-worker-queue";
import type { RedisWorkerQueue } from "@/server/queue/redis-worker-queue";
import { StartedReports } from "@/server/queue/started-reports";
import type { TransportWatch } from "@/server/queue/transport-watch";
import { quietTrouble, type TroubleListener } from "@/server/queue/trouble";
import { Waker } from "@/server/queue/waker";

const SILENT_PAUSE_MS = 200;
const HOLD_AGAIN_MS = 500;

type Report = { signal: Signal; receipt: string | null };

export interface SwitchingWorkerQueueOptions {
  redis: RedisWorkerQueue;
  postgres: PostgresWorkerQueue;
  store: PostgresQueueStore;
  sessionId: string;
  watch: TransportWatch;
  onTrouble?: TroubleListener;
}

/**
 * The worker's side of the queue over both transports. When messages begin to go by Postgres, the rows of what the
 * session has in its hands from the streams are marked as held by it, so that nobody else gets them.
 */
export function createSwitchingWorkerQueue(options: SwitchingWorkerQueueOptions): WorkerQueue {
  return new SwitchingWorkerQueue(options);
}

class SwitchingWorkerQueue implements WorkerQueue {
  private readonly waker = new Waker();
  private readonly tell: TroubleListener;
  private readonly started = new StartedReports();
  /** What came from the streams and is neither reported nor given back, by receipt; true when its row is held too. */
  private readonly streamed = new Map<string, { message: TaskMessage; held: boolean }>();
  private reading: Promise<void> | null = null;
  private late: Delivery[] = [];
  private life: string | null;
  private wasUsable: boolean;
  private following: Promise<void> | null = null;
  private readonly forgetChanges: () => void;
  private closed = false;

  constructor(private readonly options: SwitchingWorkerQueueOptions) {
    this.tell = quietTrouble(options.onTrouble);
    this.life = options.watch.redisLife;
    this.wasUsable = options.watch.usable;
    this.forgetChanges = options.watch.onChange(() => this.follow());
  }

  get kind(): "redis" | "postgres" {
    return this.options.watch.mode;
  }

  async take(types: string[], limit: number, waitMs: number): Promise<Delivery[]> {
    const { watch, postgres } = this.options;
    // A database that is away may hold this up; who stops is not to wait for it.
    if (this.following) await Promise.race([this.following, this.waker.wait(waitMs)]);
    if (this.following) return [];
    if (this.late.length === 0 && watch.mode === "postgres") return postgres.take(types, limit, waitMs);
    if (this.late.length === 0 && watch.usable) await this.read(types, limit, waitMs);
    else if (this.late.length === 0) await this.waker.wait(Math.min(waitMs, SILENT_PAUSE_MS));
    const taken = this.late.splice(0, limit);
    for (const { receipt, message } of taken) this.streamed.set(receipt, { message, held: false });
    return watch.mode === "redis" ? taken : this.stillOurs(taken);
  }

  takePlaced(limit: number): Promise<Delivery[]> {
    return this.options.postgres.takePlaced(limit);
  }

  async report(reports: Report[]): Promise<void> {
    const { redis, postgres } = this.options;
    // A delivery that came as a row has nothing to settle in Redis.
    const viaStreams = reports.map(({ signal, receipt }) => ({
      signal,
      receipt: receipt !== null && this.streamed.has(receipt) ? receipt : null,
    }));
    if (!(await this.orSilence(() => redis.report(viaStreams)))) {
      await postgres.report(reports);
      redis.settleSoon(viaStreams.flatMap(({ receipt }) => receipt ?? []));
    }
    for (const { signal, receipt } of reports) {
      if (receipt !== null) this.streamed.delete(receipt);
      if (signal.kind === "task_result") postgres.forget(attemptIdOf(signal.jobId, signal.no, signal.fence));
    }
    this.started.reported(reports);
  }

  async giveBack(deliveries: Delivery[]): Promise<void> {
    const { redis } = this.options;
    const loose = deliveries.filter(({ receipt }) => this.streamed.get(receipt)?.held === false);
    const rows = deliveries.filter((delivery) => !loose.includes(delivery));
    if (loose.length > 0 && !(await this.orSilence(() => redis.giveBack(loose)))) {
      await this.hold(loose);
      rows.push(...loose);
    }
    await this.giveBackRows(rows);
    for (const { receipt } of deliveries) this.streamed.delete(receipt);
  }

  async settle(deliveries: Delivery[]): Promise<void> {
    const { redis, postgres } = this.options;
    await postgres.settle(deliveries);
    const entries = deliveries.filter(({ receipt }) => this.streamed.delete(receipt));
    if (entries.length > 0 && !(await this.orSilence(() => redis.settle(entries)))) {
      redis.settleSoon(entries.map(({ receipt }) => receipt));
    }
    for (const { message } of deliveries) this.options.postgres.forget(idOf(message));
  }

  cancelled(tasks: { jobId: string; no: number }[]): Promise<boolean[]> {
    const { redis, postgres, watch } = this.options;
    return watch.usable ? redis.cancelled(tasks) : postgres.cancelled(tasks);
  }

  onCancel(listener: (taskId: string) => void): void {
    this.options.redis.onCancel(listener);
    this.options.postgres.onCancel(listener);
  }

  async close(): Promise<void> {
    this.closed = true;
    this.forgetChanges();
    this.waker.wake();
    await this.following;
    await Promise.all([this.options.redis.close(), this.options.postgres.close()]);
    await this.reading;
  }

  private async read(types: string[], limit: number, waitMs: number): Promise<void> {
    this.reading ??= this.options.redis
      .take(types, limit, waitMs)
      .then((taken) => void this.late.push(...taken))
      .catch((error: unknown) => this.tell("Tasks could not be taken", error))
      .finally(() => {
        this.reading = null;
      });
    const { promise, forget } = this.options.watch.when("unusable");
    await Promise.race([this.reading, promise]);
    forget();
  }

  /** After a change of the mode, or of Redis' life: rows say what the streams no longer can. */
  private follow(): void {
    this.waker.wake();
    const { watch } = this.options;
    const lost = (this.wasUsable && !watch.usable) || (this.life !== null && watch.redisLife !== this.life);
    this.wasUsable = watch.usable;
    this.life = watch.redisLife;
    if (watch.mode === "redis" && !lost) return;
    const earlier = this.following;
    const following = (async () => {
      await earlier;
      if (watch.mode === "postgres") await this.holdAll();
      if (lost) await this.repeatReports();
    })().finally(() => {
      if (this.following === following) this.following = null;
    });
    this.following = following;
  }

  private async holdAll(): Promise<void> {
    while (!this.closed && this.options.watch.mode === "postgres") {
      const loose = [...this.streamed].flatMap(([receipt, { message, held }]) => (held ? [] : [{ message, receipt }]));
      if (loose.length === 0) return;
      try {
        await this.hold(loose);
        return;
      } catch (error) {
        this.tell("What is in hand could not be marked", error);
        await this.waker.wait(HOLD_AGAIN_MS);
      }
    }
  }

  /** Reports of starts, and of the ends of started tasks, that may have been lost with Redis, go by rows as well. */
  private async repeatReports(): Promise<void> {
    const reports = this.started.doubtful().map((signal) => ({ signal, receipt: null }));
    if (reports.length === 0) return;
    try {
      await this.options.postgres.report(reports);
    } catch (error) {
      this.tell("Reports could not be repeated", error);
    }
  }

  /** Marks the rows of deliveries from the streams as held by this session; those of nobody else only. */
  private async hold(deliveries: Delivery[]): Promise<Set<Delivery>> {
    const { store, sessionId, postgres } = this.options;
    const tasks = deliveries.map(({ message: { jobId, no, fence } }) => ({ jobId, no, fence }));
    const held = new Set((await store.holdTasks(sessionId, tasks)).map(({ jobId, no }) => `${jobId}.${no}`));
    const ours = new Set<Delivery>();
    for (const delivery of deliveries) {
      const { message, receipt } = delivery;
      const entry = this.streamed.get(receipt);
      // Asked once: what is not ours by now was given to somebody else, or is reported already.
      if (entry) entry.held = true;
      if (!held.has(`${message.jobId}.${message.no}`)) continue;
      ours.add(delivery);
      postgres.adopt(message);
    }
    return ours;
  }

  /** Of deliveries that came out of the streams when messages went by rows already: those that nobody else has. */
  private async stillOurs(deliveries: Delivery[]): Promise<Delivery[]> {
    if (deliveries.length === 0) return [];
    const ours = await this.hold(deliveries);
    const foreign = deliveries.filter((delivery) => !ours.has(delivery)).map(({ receipt }) => receipt);
    for (const receipt of foreign) this.streamed.delete(receipt);
    this.options.redis.settleSoon(foreign);
    return deliveries.filter((delivery) => ours.has(delivery));
  }

  private async giveBackRows(deliveries: Delivery[]): Promise<void> {
    if (deliveries.length === 0) return;
    const { postgres, redis } = this.options;
    await postgres.giveBack(deliveries.map(({ message }) => ({ message, receipt: idOf(message) })));
    redis.settleSoon(deliveries.flatMap(({ receipt }) => (this.streamed.has(receipt) ? [receipt] : [])));
  }

  /** Does it by Redis; false when Redis is silent, or becomes so, or refuses: then it must be done by rows. */
  private async orSilence(work: () => Promise<void>): Promise<boolean> {
    const { watch } = this.options;
    if (!watch.usable) return false;
    const { promise, forget } = watch.when("unusable");
    const working = work().then(
      () => true,
      (error: unknown) => {
        this.tell("Redis did not take it", error);
        return false;
      },
    );
    try {
      return await Promise.race([working, promise.then(() => false)]);
    } finally {
      forget();
    }
  }
}

function idOf({ jobId, no, fence }: TaskMessage): string {
  return attemptIdOf(jobId, no, fence);
}
