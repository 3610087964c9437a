import { BridgeError } from "../bridge-error";
import type { SlotState } from "../executor";
import type { StartHost } from "../hosts/failed-host";
import type { PoolCounts } from "./pool-counts";
import type { PoolSettings } from "./pool-options";
import { Slot, type SlotOwner } from "./slot";
import { SpawnHistory } from "./spawn-history";

/** The slots of a pool: which there are, which have room, and whether more may be started. */
export class SlotSet {
  private readonly all = new Map<number, Slot>();
  /** Those with room; the last one is the warmest. */
  private free: Slot[] = [];
  private readonly listed = new Set<Slot>();
  private readonly spawns = new SpawnHistory();
  private lastNo = 0;

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

  ready(slot: Slot): void {
    this.spawns.succeeded();
    this.counts.availability(this.unavailable());
    this.update(slot);
  }

  gone(slot: Slot, neverReady: Error | null): void {
    this.all.delete(slot.no);
    if (this.listed.delete(slot)) this.free = this.free.filter((each) => each !== slot);
    if (neverReady) {
      this.spawns.failed(neverReady);
      this.counts.spawnFailed(slot.no, neverReady);
    }
    this.counts.availability(this.unavailable());
  }

  /** Starts as many as those who wait need and as there may be. Answers why nobody will ever serve them; else null. */
  startFor(waiting: number): BridgeError | null {
    const { tasksPerSlot } = this.settings;
    let { starting, live } = this.countLive();
    while (waiting > starting * tasksPerSlot && live < this.capacity() && this.spawns.pauseLeftMs() === 0) {
      this.start();
      starting++;
      live++;
    }
    if (waiting === 0 || live > 0) return null;
    const reason = this.unavailable();
    if (reason === null) return null;
    const details = { reason, retryAfterMs: Math.max(1000, this.spawns.pauseLeftMs()) };
    const cause = this.spawns.lastError ?? undefined;
    return new BridgeError("BRIDGE_UNAVAILABLE", `No slot can be started: ${reason}`, details, { cause });
  }

  /** One that is ready before it is needed. */
  startSpare(): void {
    const { starting, live } = this.countLive();
    if (this.warmest() || starting > 0 || live >= this.capacity() || this.spawns.pauseLeftMs() > 0) return;
    this.start();
  }

  zombies(): number {
    let count = 0;
    for (const { status } of this.all.values()) if (status === "zombie") count++;
    return count;
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

  /** Who is being killed may become a zombie: so many more are not replaced before they are gone. */
  private capacity(): number {
    let lost = 0;
    for (const { status } of this.all.values()) if (status === "zombie" || status === "killing") lost++;
    return this.settings.slots - Math.max(0, lost - this.settings.maxZombies);
  }

  private countLive(): { starting: number; live: number } {
    let starting = 0;
    let live = 0;
    for (const slot of this.all.values()) {
      if (!slot.live) continue;
      live++;
      if (slot.status === "starting") starting++;
    }
    return { starting, live };
  }

  private start(): void {
    const no = ++this.lastNo;
    this.all.set(no, new Slot(no, this.owner, this.startHost));
  }
}
