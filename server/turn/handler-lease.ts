import type { Database } from "@/server/store/database";
import { acquireLease, releaseLeases } from "@/server/store/leases";
import { handlerLease, type PostponedHandler, postponeHandlers } from "@/server/store/orphan-handlers";
import type { TurnLog } from "./turn-log";

const TTL_MS = 10_000;
const TICK_MS = 2_000;
/** Timers that fire within so long are set anew: several ticks. */
const POSTPONE_MS = 4_500;

/**
 * Says that this process lives and its handlers run. Every process that commits changes has one, also a web process that
 * works on no partition: it runs the handlers of the jobs that it starts. Those that wait for a place are not overdue.
 */
export class HandlerLease {
  private timer: NodeJS.Timeout | null = null;
  private ticking: Promise<void> | null = null;

  constructor(
    private readonly database: Database,
    private readonly engineId: string,
    private readonly log: TurnLog,
    /** Handlers that wait for a place here, and whose timers are due soon. */
    private readonly postponable: (ms: number) => PostponedHandler[],
  ) {}

  /** Resolves after the first try; a database that is away is tried again. */
  async start(): Promise<void> {
    this.timer = setInterval(() => void this.renew(), TICK_MS);
    await this.renew();
  }

  /** From now on others run what this process left unfinished. */
  async stop(): Promise<void> {
    if (!this.timer) return;
    clearInterval(this.timer);
    this.timer = null;
    await this.ticking;
    await releaseLeases(this.database, [handlerLease(this.engineId)], this.engineId).catch(this.complain);
  }

  private renew(): Promise<void> {
    this.ticking ??= acquireLease(this.database, handlerLease(this.engineId), this.engineId, TTL_MS)
      .then(() => postponeHandlers(this.database, this.engineId, this.postponable(POSTPONE_MS)))
      .catch(this.complain)
      .finally(() => {
        this.ticking = null;
      });
    return this.ticking;
  }

  private readonly complain = (error: unknown): void => {
    this.log.warn("the lease of this process's handlers could not be renewed", { error });
  };
}
