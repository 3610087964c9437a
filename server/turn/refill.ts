import { faultPoint } from "@/server/fault-point";
import type { EngineQueue } from "@/server/queue/contract";
import { backlogTypes, claimReady } from "@/server/store/claim";
import type { Database } from "@/server/store/database";
import { messageOf } from "./task-message";
import type { TurnLog } from "./turn-log";

const CLAIM_LIMIT = 1_000;
/** Half of the window: below it a refill is worth a claim. */
const WORTHWHILE_CREDIT = 2_500;

/**
 * Feeds the windows from the backlog, first in, first out within a priority. Poked after every commit, so that a drain
 * is bound by workers and not by a timer; the housekeeping round finds backlogs that nobody here knows of.
 */
export class Refiller {
  private readonly types = new Set<string>();
  private running: Promise<void> | null = null;

  constructor(
    private readonly database: Database,
    private readonly queue: EngineQueue,
    private readonly log: TurnLog,
  ) {}

  /** A task of this type went into the backlog. */
  noteBacklog(type: string): void {
    this.types.add(type);
  }

  /** Refills what is known to need it; at most one refill at a time. */
  poke(): void {
    if (this.running || ![...this.types].some((type) => this.queue.credit(type) >= WORTHWHILE_CREDIT)) return;
    this.running = this.refill()
      .catch((error: unknown) => this.log.warn("a refill failed; the next one goes on", { error }))
      .finally(() => {
        this.running = null;
      });
  }

  /** The housekeeping round: looks for backlogs in the database, then refills. */
  async round(): Promise<void> {
    await this.running;
    for (const type of await backlogTypes(this.database)) this.types.add(type);
    await this.refill();
  }

  async stop(): Promise<void> {
    await this.running;
  }

  private async refill(): Promise<void> {
    if (this.types.size === 0) return;
    for (const { type, credit } of await this.queue.refillable([...this.types])) await this.fill(type, credit);
  }

  private async fill(type: string, credit: number): Promise<void> {
    let left = credit;
    while (left > 0) {
      const wanted = Math.min(left, CLAIM_LIMIT);
      const claimed = await claimReady(this.database, type, wanted);
      if (claimed.length > 0) faultPoint("refill.after_claim");
      this.queue.announce(claimed.map(messageOf));
      if (claimed.length < wanted) {
        this.types.delete(type);
        return;
      }
      left -= claimed.length;
    }
  }
}
