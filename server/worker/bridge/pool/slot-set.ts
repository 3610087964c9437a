import { BridgeError } from "../bridge-error";
import type { SlotState } from "../executor";
import type { StartHost } from "../hosts/failed-host";
import type { PoolCounts } from "./pool-counts";
import type { PoolSettings } from "./pool-options";
import { Slot, type SlotOwner } from "./slot";
import { SpawnHistory } from "./spawn-history";

interface Tally {
  starting: number;
  /** They take tasks, or will. */
  live: number;
  zombies: number;
  killing: number;
}

/** The slots of a pool: which there are, which have room, and whether more may be started. */
export class SlotSet {
  private readonly all = new Map<number, Slot>();
  /** Those with room; the last one is the warmest. */
  private free: Slot[] = [];
  private readonly listed = new Set<Slot>();
  private readonly spawns = new SpawnHistory();
  private lastNo = 0;
  private tally: Tally = { starting: 0, live: 0, zombies: 0, killing: 0 };
  private tallyIsOld = false;

  constructor(
    private readonly settings: PoolSettings,
    private readonly counts: PoolCounts,
    private readonly owner: SlotOwner,
    private readonly startHost: StartHost,
  ) {}

  values(): Iterable<Slot> {
    return this.all.values();
  }

  states(): SlotState[] {
    return [...this.all.values()].map((slot) => slot.state());
  }

  warmest(): Slot | undefined {
    for (let slot = this.free.at(-1); slot; slot = this.free.at(-1)) {
      if (slot.hasRoom) return slot;
      this.free.pop();
      this.listed.delete(slot);
    }
    return undefined;
  }

  /** Something changed in this slot; one that has no room any more leaves the list when it comes to its end. */
  update(slot: Slot): void {
    if (!slot.hasRoom || this.listed.has(slot)) return;
    this.free.push(slot);
    this.listed.add(slot);
  }

  /** Call it when a slot is killed, retired or a zombie. */
  changed(): void {
    this.tallyIsOld = true;
  }

  ready(slot: Slot): void {
    this.tally.starting--;
    this.spawns.succeeded();
    this.counts.availability(this.unavailable());
    this.update(slot);
  }

  gone(slot: Slot, neverReady: Error | null): void {
    this.all.delete(slot.no);
    this.changed();
    if (this.listed.delete(slot)) this.free = this.free.filter((each) => each !== slot);
    if (neverReady) this.startFailed(slot, neverReady);
    else this.counts.availability(this.unavailable());
  }

  startFailed(slot: Slot, error: Error): void {
    this.changed();
    this.spawns.failed(error);
    this.counts.spawnFailed(slot.no, error);
    this.counts.availability(this.unavailable());
  }

  /** Starts as many as those who wait need and as there may be. Answers why nobody will ever serve them; else null. */
  startFor(waiting: number): BridgeError | null {
    const { tasksPerSlot } = this.settings;
    while (waiting > this.count().starting * tasksPerSlot && this.mayStart()) this.start();
    if (waiting === 0 || this.count().live > 0) return null;
    const reason = this.unavailable();
    if (reason === null) return null;
    const details = { reason, retryAfterMs: Math.max(1000, this.spawns.pauseLeftMs()) };
    const cause = this.spawns.lastError ?? undefined;
    return new BridgeError("BRIDGE_UNAVAILABLE", `No slot can be started: ${reason}`, details, { cause });
  }

  /** One that is ready before it is needed. */
  startSpare(): void {
    if (!this.warmest() && this.count().starting === 0 && this.mayStart()) this.start();
  }

  zombies(): number {
    return this.count().zombies;
  }

  unavailable(): string | null {
    const zombies = this.zombies();
    if (zombies > this.settings.maxZombies)
      return `${zombies} slots cannot be ended; at most ${this.settings.maxZombies} are replaced`;
    return this.spawns.reason();
  }

  /** Ends all; resolves when they are gone, those excepted that cannot be ended. */
  async endAll(): Promise<void> {
    for (const slot of this.all.values()) if (slot.live) slot.retire();
    const left = () => [...this.all.values()].some(({ status }) => status !== "zombie");
    while (left()) await new Promise<void>((resolve) => setTimeout(resolve, 5));
  }

  private mayStart(): boolean {
    const { live, zombies, killing } = this.count();
    // Who is being killed may become a zombie: so many more are not replaced before they are gone.
    const missing = Math.max(0, zombies + killing - this.settings.maxZombies);
    return live < this.settings.slots - missing && this.spawns.pauseLeftMs() === 0;
  }

  /** Counted anew only after something changed: there may be thousands. */
  private count(): Tally {
    if (!this.tallyIsOld) return this.tally;
    const tally = { starting: 0, live: 0, zombies: 0, killing: 0 };
    for (const { live, status } of this.all.values()) {
      if (live) tally.live++;
      if (status === "starting") tally.starting++;
      if (status === "zombie") tally.zombies++;
      if (status === "killing") tally.killing++;
    }
    this.tally = tally;
    this.tallyIsOld = false;
    return tally;
  }

  private start(): void {
    const no = ++this.lastNo;
    const tally = this.count();
    tally.starting++;
    tally.live++;
    this.all.set(no, new Slot(no, this.owner, this.startHost));
  }
}
