import type { NoticeBus } from "@/server/queue/contract";
import { acquireLease, releaseLeases } from "@/server/store/leases";
import { countUnplaced } from "@/server/store/placement";
import { recomputeReputations } from "@/server/store/reputation";
import type { TurnLog } from "../turn-log";
import { DispatchRound, type RoundOptions } from "./dispatch-round";

export interface DispatcherOptions extends Omit<RoundOptions, "tell"> {
  engineId: string;
  notices: NoticeBus;
  log: TurnLog;
}

const LEASE = "dispatcher";
const HOLDER_TTL_MS = 5_000;
const RENEW_EVERY_MS = 1_500;
/** Between rounds while something waits, and while nothing does. */
const BUSY_MS = 250;
const IDLE_MS = 1_000;
/** What was told while a round ran waits so long for company. */
const GATHER_MS = 5;
const COUNT_EVERY_MS = 2_000;
const MOST_COUNTED = 10_000;
const REPUTATION_LEASE = "reputations";
const RECOMPUTE_EVERY_MS = 3_600_000;
/** A notice through Postgres holds few kilobytes. */
const SESSIONS_A_NOTICE = 150;

/**
 * Gives tasks that ask for more than a skill to the sessions of workers that satisfy them. One engine holds the lease and
 * does it for all; what it writes carries the lease, so that two of them for a moment change nothing twice.
 */
export class Dispatcher {
  private held: { round: DispatchRound; epoch: string; renewAt: number } | null = null;
  private running: Promise<void> = Promise.resolve();
  private wake: () => void = () => undefined;
  private isWoken = false;
  private isStopping = false;
  private countAt = 0;
  private recomputeAt = Date.now() + RECOMPUTE_EVERY_MS * Math.random();

  constructor(private readonly options: DispatcherOptions) {}

  /** Whether this engine is the dispatcher now: its lease can be no other's yet. */
  leads(): boolean {
    return !this.isStopping && this.held !== null && Date.now() < this.held.renewAt - RENEW_EVERY_MS + HOLDER_TTL_MS;
  }

  start(): void {
    this.options.notices.on("unplaced", () => {
      this.isWoken = true;
      if (this.held) this.wake();
    });
    this.running = this.loop();
  }

  async stop(): Promise<void> {
    this.isStopping = true;
    this.wake();
    await this.running;
    if (this.held === null) return;
    const { database, engineId, log } = this.options;
    await releaseLeases(database, [LEASE], engineId).catch((error: unknown) =>
      log.warn("the dispatcher's lease could not be released; it ends by itself", { error }),
    );
  }

  private async loop(): Promise<void> {
    while (!this.isStopping) {
      let waitMs = IDLE_MS;
      try {
        waitMs = await this.turn();
      } catch (error) {
        this.options.log.warn("a round of the dispatcher failed; the next one goes on", { error });
      }
      await this.wait(this.isWoken && this.held ? GATHER_MS : waitMs);
    }
  }

  /** Resolves after `ms` milliseconds, or at a notice, or at `stop`. */
  private wait(ms: number): Promise<void> {
    if (this.isStopping) return Promise.resolve();
    return new Promise((resolve) => {
      const end = () => {
        clearTimeout(timer);
        this.wake = () => undefined;
        resolve();
      };
      const timer = setTimeout(end, ms);
      if (!this.isWoken) this.wake = end;
    });
  }

  /** One round, if this engine is the dispatcher; returns when to come again. */
  private async turn(): Promise<number> {
    if (!(await this.hold()) || this.held === null) return IDLE_MS;
    this.isWoken = false;
    const { round, epoch } = this.held;
    const { more, busy } = await round.run({ name: LEASE, epoch });
    await this.count(busy);
    await this.recompute();
    return more ? 0 : busy ? BUSY_MS : IDLE_MS;
  }

  private async hold(): Promise<boolean> {
    const now = Date.now();
    if (this.held && now < this.held.renewAt) return true;
    const { database, engineId, notices, log: _log, ...rest } = this.options;
    const epoch = await acquireLease(database, LEASE, engineId, HOLDER_TTL_MS);
    if (epoch === null) {
      this.held = null;
      this.options.figures.unplaced = 0;
      this.options.figures.waiting = { no_skill: 0, no_match: 0, busy: 0 };
      return false;
    }
    const tell = (sessions: string[]) => {
      for (let first = 0; first < sessions.length; first += SESSIONS_A_NOTICE)
        notices.tell("placed", JSON.stringify(sessions.slice(first, first + SESSIONS_A_NOTICE)));
    };
    const round = this.held?.epoch === epoch ? this.held.round : new DispatchRound({ ...rest, database, tell });
    this.held = { round, epoch, renewAt: now + RENEW_EVERY_MS };
    return true;
  }

  /** Once an hour for all engines: the lease of that outlives its holder. */
  private async recompute(): Promise<void> {
    const now = Date.now();
    if (now < this.recomputeAt) return;
    this.recomputeAt = now + RECOMPUTE_EVERY_MS;
    const { database, engineId, log } = this.options;
    const epoch = await acquireLease(database, REPUTATION_LEASE, engineId, RECOMPUTE_EVERY_MS - 60_000);
    if (epoch === null) return;
    recomputeReputations(database, { name: REPUTATION_LEASE, epoch }, now).catch((error: unknown) =>
      log.warn("reputations could not be computed anew; the next hour does it", { error }),
    );
  }

  private async count(busy: boolean): Promise<void> {
    const { figures, database } = this.options;
    const now = Date.now();
    if (!busy) figures.unplaced = 0;
    else if (now >= this.countAt) {
      figures.unplaced = await countUnplaced(database, MOST_COUNTED);
      this.countAt = now + COUNT_EVERY_MS;
    }
  }
}
