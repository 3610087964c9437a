import type { Signal } from "@/server/engine/signal";
import { faultPoint } from "@/server/fault-point";
import type { EngineQueue } from "@/server/queue/contract";
import type { Database } from "@/server/store/database";
import { type DueTask, type DueTimer, readDueTasks, readDueTimers } from "@/server/store/due";
import { acquireLease, type HeldLease, releaseLeases } from "@/server/store/leases";
import { expireOrphanHandlers } from "@/server/store/orphan-handlers";
import { keepStore } from "@/server/store/upkeep";
import { jobsLeft } from "@/server/store/versions";
import { checkAnnounced, checkDueAnnouncements } from "./announce-check";
import { heldByLiveSessions } from "./held-tasks";
import type { Partitions } from "./partitions";
import { RecentSignals } from "./recent-signals";
import type { Refiller } from "./refill";
import { SessionReaper } from "./session-reaper";
import type { SignalReader } from "./signal-reader";
import type { TransportKeeper } from "./transport-keeper";
import type { TurnLog } from "./turn-log";

export interface HousekeeperOptions {
  engineId: string;
  queue: EngineQueue;
  database: Database;
  partitions: Partitions;
  reader: SignalReader;
  refiller: Refiller;
  log: TurnLog;
  /** A worker session older than this is gone. */
  leaseMs: number;
  now: () => number;
  /** Null where nobody decides how messages move. */
  transport: TransportKeeper | null;
}

const LEASE = "housekeeper";
const TICK_MS = 1_000;
const HOLDER_TTL_MS = 5_000;
const RECLAIM_IDLE_MS = 3_000;
/** As long as the leases of running handlers, and a renewal more. */
const HANDLERS_TTL_MS = 12_000;
const DUE_LIMIT = 1_000;
const UPKEEP_MS = 3_600_000;
/** How long exact checks go on after a start, the end of another engine, or an emptied Redis. */
const EXACT_CHECK_MS = 6_000;

/**
 * The loops that make sure every open job wakes up: due times, lost announcements, dead sessions, the backlog. One
 * engine holds the lease and does them for all; that two might for a moment is harmless.
 */
export class Housekeeper {
  private timer: NodeJS.Timeout | null = null;
  private ticking: Promise<void> | null = null;
  private exactUntil = 0;
  /** Since when the database has answered without a break. */
  private steadySince = 0;
  private upkeepAt = 0;
  /**
   * Where the next round goes on when more is due than one round takes: rows that stay due (of a job that no engine can
   * run) must not hide those behind them.
   */
  private lastDue: { task: DueTask | null; timer: DueTimer | null } = { task: null, timer: null };
  private readonly recent: RecentSignals;
  private readonly reaper: SessionReaper;

  constructor(private readonly options: HousekeeperOptions) {
    this.recent = new RecentSignals(options.now);
    this.reaper = new SessionReaper(options.database, options.queue, options.leaseMs);
  }

  start(): void {
    this.steadySince = this.options.now();
    this.exactUntil = this.steadySince + EXACT_CHECK_MS;
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
    const { database, engineId } = this.options;
    await releaseLeases(database, [LEASE], engineId).catch((error: unknown) => this.complain("release", error));
    await this.options.transport?.stop().catch((error: unknown) => this.complain("release", error));
  }

  /** One round; each step fails alone. */
  async tick(): Promise<void> {
    const { queue, database, engineId, partitions, reader, transport } = this.options;
    await this.step("transport", async () => transport?.report());
    await this.step("epoch", async () => {
      const emptied = await queue.epochChanged();
      if (partitions.sawEngineEnd() || emptied) this.exactUntil = this.options.now() + EXACT_CHECK_MS;
    });
    await this.step("reclaim", async () => {
      if (!reader.full) reader.deliver(await queue.reclaimSignals(partitions.owned(), RECLAIM_IDLE_MS));
    });
    let epoch: string | null = null;
    let answered = false;
    await this.step("lease", async () => {
      if (await transport?.yields()) await releaseLeases(database, [LEASE], engineId);
      else epoch = await acquireLease(database, LEASE, engineId, HOLDER_TTL_MS);
      answered = true;
    });
    if (!answered) this.steadySince = this.options.now();
    if (epoch !== null) await this.keepHouse({ name: LEASE, epoch });
  }

  /** What is written here carries the lease: a holder that another has replaced changes nothing. */
  private async keepHouse(lease: HeldLease): Promise<void> {
    const { database, queue, leaseMs, refiller, transport } = this.options;
    await this.step("way of messages", async () => {
      if (await transport?.decide(lease)) this.exactUntil = this.options.now() + EXACT_CHECK_MS;
    });
    const steadyMs = this.options.now() - this.steadySince;
    // After an outage engines and workers get the time to renew before anybody calls them dead.
    if (steadyMs > HANDLERS_TTL_MS)
      await this.step("orphan handlers", async () => void (await expireOrphanHandlers(database, lease)));
    await this.step("due", () => this.wakeDue());
    if (this.options.now() < this.exactUntil) await this.step("exact check", () => checkAnnounced(database, queue));
    if (queue.kind === "redis") await this.step("refill", () => refiller.round());
    if (this.options.now() >= this.upkeepAt) {
      this.upkeepAt = this.options.now() + UPKEEP_MS;
      await this.step("upkeep", async () => void (await keepStore(database)));
    }
    if (steadyMs > leaseMs) {
      await this.step("sessions", async () => this.inject(await this.reaper.reap(lease)));
    }
  }

  private async wakeDue(): Promise<void> {
    const { database, queue, leaseMs, log } = this.options;
    const due = await readDueTasks(database, DUE_LIMIT, this.lastDue.task);
    const timers = await readDueTimers(database, DUE_LIMIT, this.lastDue.timer);
    if (due.length + timers.length > 0) faultPoint("due.after_read");
    this.lastDue = { task: resumeAfter(due), timer: resumeAfter(timers) };
    // What waits for an engine of another release is not said again.
    const left = await jobsLeft(
      database,
      [...due, ...timers].map((one) => one.jobId),
    );
    const signals: Signal[] = [];
    const held = await heldByLiveSessions(database, queue, due, leaseMs, log);
    for (const one of due) {
      const { jobId, no, fence, reason } = one;
      if (reason !== "announce_check" && !held.has(one)) signals.push({ kind: "task_due", jobId, no, fence, reason });
    }
    for (const { jobId, key, setBy } of timers) {
      signals.push({ kind: "timer_fired", jobId, key, ...(setBy === null ? {} : { setBy }) });
    }
    this.inject(signals.filter((signal) => !left.has(signal.jobId)));
    await checkDueAnnouncements(
      database,
      queue,
      due.filter((task) => task.reason === "announce_check"),
    );
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

/** The last of a full page; null when the next round begins anew. */
function resumeAfter<Due>(page: Due[]): Due | null {
  return page.length < DUE_LIMIT ? null : (page.at(-1) ?? null);
}
