import { PARTITIONS } from "@/server/queue/contract";
import type { Database } from "@/server/store/database";
import { acquireLeases, listLeases, releaseLeases } from "@/server/store/leases";
import type { TurnLog } from "./turn-log";

const TTL_MS = 10_000;
const TICK_MS = 2_000;
const engineLease = (engineId: string) => `engine:${engineId}`;
const partitionLease = (partition: number) => `partition:${String(partition).padStart(2, "0")}`;

/**
 * Which partitions of the signals this engine works on: leases that live engines share evenly. Two engines that work
 * on the same partition for a moment do no harm, only lose races.
 */
export class Partitions {
  private held: number[] = [];
  private engines = new Set<string>();
  private engineEnded = false;
  private timer: NodeJS.Timeout | null = null;
  private ticking: Promise<void> = Promise.resolve();

  constructor(
    private readonly database: Database,
    private readonly engineId: string,
    private readonly log: TurnLog,
    /** Of the live engines, those among which the partitions are shared now. */
    private readonly sharing: (engines: Set<string>) => Promise<Set<string>> = async (engines) => engines,
  ) {}

  /** Partitions held now, ascending. */
  owned(): number[] {
    return this.held;
  }

  /** True once after another engine ended: what it committed and did not send any more is looked for at once. */
  sawEngineEnd(): boolean {
    const saw = this.engineEnded;
    this.engineEnded = false;
    return saw;
  }

  /** Takes the first share before it resolves. */
  async start(): Promise<void> {
    await this.tick();
    this.timer = setInterval(() => {
      this.ticking = this.ticking.then(() => this.tick()).catch((error: unknown) => this.lose(error));
    }, TICK_MS);
  }

  /** Gives everything back, so that others need not wait for the leases to end. */
  async stop(): Promise<void> {
    if (!this.timer) return;
    clearInterval(this.timer);
    this.timer = null;
    await this.ticking;
    const names = [...this.held.map(partitionLease), engineLease(this.engineId)];
    this.held = [];
    await releaseLeases(this.database, names, this.engineId).catch((error: unknown) => this.lose(error));
  }

  /** Renews what is held, gives up what is too much, takes what is free. */
  async tick(): Promise<void> {
    await acquireLeases(this.database, [engineLease(this.engineId)], this.engineId, TTL_MS);
    const engines = (await listLeases(this.database, "engine:")).filter((lease) => lease.live);
    const live = new Set(engines.map((lease) => lease.holder));
    if ([...this.engines].some((engine) => !live.has(engine))) this.engineEnded = true;
    this.engines = live;
    const sharing = await this.sharing(live);
    const share = sharing.has(this.engineId) ? Math.ceil(PARTITIONS / sharing.size) : 0;
    const surplus = this.held.slice(share);
    if (surplus.length > 0) {
      this.held = this.held.slice(0, share);
      await releaseLeases(this.database, surplus.map(partitionLease), this.engineId);
    }
    const others = new Set<string>();
    for (const lease of await listLeases(this.database, "partition:")) {
      if (lease.live && lease.holder !== this.engineId) others.add(lease.name);
    }
    const free = all().filter((one) => !this.held.includes(one) && !others.has(partitionLease(one)));
    const wanted = [...this.held, ...free.slice(0, Math.max(0, share - this.held.length))];
    const held = await acquireLeases(this.database, wanted.map(partitionLease), this.engineId, TTL_MS);
    this.held = wanted.filter((one) => held.has(partitionLease(one))).sort((a, b) => a - b);
  }

  /** Without the database nothing can be committed, so a lease that may have ended does no harm until it is back. */
  private lose(error: unknown): void {
    this.log.warn("partition leases could not be renewed", { error });
  }
}

function all(): number[] {
  return Array.from({ length: PARTITIONS }, (_, index) => index);
}
