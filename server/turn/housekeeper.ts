import type { Signal } from "@/server/engine/signal";
import type { EngineQueue } from "@/server/queue/contract";
import { checkAnnounced, checkDueAnnouncements } from "./announce-check";
import type { HousekeepingStore } from "./housekeeping-store";
import type { LeaseStore, Partitions } from "./partitions";
import { RecentSignals } from "./recent-signals";
import { refill } from "./refill";
import { reapSessions } from "./session-reaper";
import type { SignalReader } from "./signal-reader";
import type { TurnLog } from "./turn-deps";

export interface HousekeeperOptions {
  engineId: string;
  queue: EngineQueue;
  leases: LeaseStore;
  housekeeping: HousekeepingStore;
  partitions: Partitions;
  reader: SignalReader;
  log: TurnLog;
  /** A worker session older than this is gone. */
  leaseMs: number;
  now: () => number;
}

const TICK_MS = 1_000;
const HOLDER_TTL_MS = 5_000;
const RECLAIM_IDLE_MS = 3_000;
const DUE_LIMIT = 1_000;
/** How long exact checks go on after a start or an emptied Redis. */
const EXACT_CHECK_MS = 6_000;

/**
 * The loops that make sure every open job wakes up: due times, lost announcements, dead sessions, the backlog. One
 * engine holds the lease and does them for all; that two might for a moment is harmless.
 */
export class Housekeeper {
  private timer: NodeJS.Timeout | null = null;
  private ticking: Promise<void> | null = null;
  private exactUntil = 0;
  private startedAt = 0;
  private readonly recent: RecentSignals;

  constructor(private readonly options: HousekeeperOptions) {
    this.recent = new RecentSignals(options.now);
  }

  start(): void {
    this.startedAt = this.options.now();
    this.exactUntil = this.startedAt + EXACT_CHECK_MS;
    this.timer = setInterval(() => {
      this.ticking ??= this.tick().finally(() => {
        this.ticking = null;
      });
    }, TICK_MS);
  }

  async stop(): Promise<void> {
    if (this.timer) clearInterval(this.timer);
    this.timer = null;
    await this.ticking;
    await this.options.leases.releaseLeases(["housekeeper"], this.options.engineId).catch((error: unknown) => this.complain("release", error));
  }

  /** One round; each step fails alone. */
  async tick(): Promise<void> {
    const { queue, leases, engineId, partitions, reader } = this.options;
    await this.step("epoch", async () => {
      if (await queue.epochChanged()) this.exactUntil = this.options.now() + EXACT_CHECK_MS;
    });
    await this.step("reclaim", async () => reader.deliver(await queue.reclaimSignals(partitions.owned(), RECLAIM_IDLE_MS)));
    let holds = false;
    await this.step("lease", async () => {
      holds = (await leases.acquireLeases(["housekeeper"], engineId, HOLDER_TTL_MS)).length > 0;
    });
    if (holds) await this.keepHouse();
  }

  private async keepHouse(): Promise<void> {
    const { housekeeping: store, queue, leaseMs } = this.options;
    await this.step("orphan handlers", async () => void (await store.expireOrphanHandlers()));
    await this.step("due", () => this.wakeDue());
    if (queue.kind === "redis") {
      if (this.options.now() < this.exactUntil) await this.step("exact check", () => checkAnnounced(store, queue));
      await this.step("refill", () => refill(store, queue));
    }
    // After an outage workers get the time to renew before anybody calls them dead.
    if (this.options.now() - this.startedAt > leaseMs) {
      await this.step("sessions", async () => this.inject(await reapSessions(store, queue, leaseMs)));
    }
  }

  private async wakeDue(): Promise<void> {
    const { housekeeping: store, queue } = this.options;
    const due = await store.readDueTasks(DUE_LIMIT);
    const signals: Signal[] = [];
    for (const { jobId, no, fence, reason } of due) {
      if (reason !== "announce_check") signals.push({ kind: "task_due", jobId, no, fence, reason });
    }
    for (const { jobId, key } of await store.readDueTimers(DUE_LIMIT)) signals.push({ kind: "timer_fired", jobId, key });
    this.inject(signals);
    await checkDueAnnouncements(store, queue, due.filter((task) => task.reason === "announce_check"));
  }

  /** What was handed over a moment ago is still on its way. */
  private inject(signals: Signal[]): void {
    const fresh = this.recent.unseen(signals);
    if (fresh.length > 0) this.options.reader.inject(fresh);
  }

  private async step(name: string, work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      this.complain(name, error);
    }
  }

  private complain(step: string, error: unknown): void {
    this.options.log.warn("housekeeping step failed; the next round does it again", { step, error });
  }
}
