import { faultPoint } from "@/server/fault-point";
import type { TransportView } from "@/server/queue/contract";
import type { Database } from "@/server/store/database";
import { acquireLease, type HeldLease, listLeases, releaseLeases } from "@/server/store/leases";
import { changeTransport, returnAnnounced } from "@/server/store/transport";
import type { TurnLog } from "./turn-log";

const REACH_PREFIX = "redis:";
/** Of the lease that says "this engine reaches Redis"; renewed each second. */
const REACH_TTL_MS = 5_000;
/** Silence for longer than this beyond the first missed answers is not a hiccup. */
const SILENT_MS = 1_000;
/** Redis must answer for so long before it is used again: one that comes and goes is not. */
const STEADY_MS = 3_000;
/** Until then every process has read the new row, and workers have marked what they hold. */
const FOLLOWED_MS = 3_000;
const ROWS_AT_ONCE = 1_000;

/**
 * Keeps the one row that says how messages move. Engines say by a lease whether they reach Redis; the holder of the
 * housekeeping decides. One that does not reach Redis itself leaves that to an engine that does, and only where there is
 * none messages go by Postgres: a single process that is cut off must not slow down all the others.
 */
export class TransportKeeper {
  private reaches = false;
  /** Since when the row has said `postgres`, as seen here. */
  private postgresSince = 0;

  constructor(
    private readonly database: Database,
    private readonly engineId: string,
    private readonly view: TransportView,
    private readonly log: TurnLog,
  ) {}

  /** Says to the other engines whether this one reaches Redis. Call it about once a second. */
  async report(): Promise<void> {
    const lease = REACH_PREFIX + this.engineId;
    if (this.view.configured && this.view.redis.answers) {
      await acquireLease(this.database, lease, this.engineId, REACH_TTL_MS);
      this.reaches = true;
    } else if (this.reaches) {
      this.reaches = false;
      await releaseLeases(this.database, [lease], this.engineId);
    }
  }

  /** True when another engine reaches Redis and this one does not: then the housekeeping is not for this one. */
  async yields(): Promise<boolean> {
    return this.isCutOff() && (await this.reaching()).size > 0;
  }

  /** Engines that share the partitions: those that reach Redis while signals travel through it, else all. */
  async sharing(engines: Set<string>): Promise<Set<string>> {
    if (this.view.mode === "postgres") return engines;
    const reaching = await this.reaching();
    const able = new Set([...engines].filter((engine) => reaching.has(engine)));
    return able.size > 0 ? able : engines;
  }

  /**
   * The holder's round: changes the row when Redis went or came back, and makes backlog of what is announced while
   * messages go by Postgres. Its writes carry the lease. True when Redis is used again from now on.
   */
  async decide(lease: HeldLease): Promise<boolean> {
    const { view } = this;
    await view.refresh();
    if (view.mode === "redis") {
      this.postgresSince = 0;
      if (this.isCutOff()) await this.change("postgres", lease);
      return false;
    }
    if (this.postgresSince === 0) this.postgresSince = performance.now();
    const { answers, forMs } = view.redis;
    if (view.configured && answers && forMs >= STEADY_MS) {
      // What was left in the streams has been given out as rows; told again it would be done twice.
      await view.forgetTasks();
      return this.change("redis", lease);
    }
    if (performance.now() - this.postgresSince >= FOLLOWED_MS) await this.returnAll(lease);
    return false;
  }

  async stop(): Promise<void> {
    if (this.reaches) await releaseLeases(this.database, [REACH_PREFIX + this.engineId], this.engineId);
  }

  private isCutOff(): boolean {
    const { configured, redis } = this.view;
    return !configured || (!redis.answers && redis.forMs >= SILENT_MS);
  }

  private async reaching(): Promise<Set<string>> {
    const leases = await listLeases(this.database, REACH_PREFIX);
    return new Set(leases.filter((lease) => lease.live).map((lease) => lease.holder));
  }

  private async change(mode: "redis" | "postgres", lease: HeldLease): Promise<boolean> {
    const changed = await changeTransport(this.database, mode, this.view.epoch, lease);
    if (!changed) return false;
    faultPoint("transport.after_change");
    const data = { mode, epoch: changed.epoch };
    // Without a Redis to use this is how things are, not trouble.
    if (mode === "postgres" && this.view.configured) this.log.warn("Redis is away: messages go by Postgres", data);
    else this.log.info(`messages go by ${mode === "redis" ? "Redis again" : "Postgres"}`, data);
    await this.view.refresh();
    return true;
  }

  private async returnAll(lease: HeldLease): Promise<void> {
    for (let returned = ROWS_AT_ONCE; returned === ROWS_AT_ONCE; ) {
      returned = await returnAnnounced(this.database, FOLLOWED_MS, ROWS_AT_ONCE, lease);
    }
  }
}
