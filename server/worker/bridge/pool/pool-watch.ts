import type { PoolSettings } from "./pool-options";
import type { Slot } from "./slot";

const EVERY_MS = 500;
/** After a kill the memory takes a while to come back. */
const PAUSE_AFTER_KILL_MS = 3000;
const MIB = 1024 * 1024;

/** Looks at what runs twice a second: tasks that show no life, memory. While something runs it keeps the process up. */
export class PoolWatch {
  private timer: NodeJS.Timeout | undefined;
  private busy = false;
  private memoryPauseUntil = 0;

  constructor(
    private readonly settings: PoolSettings,
    private readonly slots: () => Iterable<Slot>,
  ) {}

  start(): void {
    this.busy = true;
    // What has arrived is heard first: this loop may have stood still.
    this.timer ??= setInterval(() => setImmediate(() => this.look()), EVERY_MS);
    this.timer.ref();
  }

  /** The timer stays for a while: a call after the other would make a new one each time. */
  stop(): void {
    this.busy = false;
    this.timer?.unref();
  }

  private look(): void {
    if (!this.busy) {
      clearInterval(this.timer);
      this.timer = undefined;
      return;
    }
    const now = Date.now();
    // In this loop nothing gives signs of life: who can look for them has them.
    if (this.settings.isolation !== "inline") for (const slot of this.slots()) this.killStuck(slot, now);
    if (this.settings.maxRssMb !== null && now >= this.memoryPauseUntil) this.guardMemory(this.settings.maxRssMb * MIB);
  }

  private killStuck(slot: Slot, now: number): void {
    for (const run of slot.runs.values()) {
      const limitMs = run.request.heartbeatTimeoutMs;
      if (limitMs !== undefined && run.phase === "running" && now - slot.lastSignAt > limitMs) slot.kill("stuck", run);
    }
  }

  private guardMemory(limit: number): void {
    const running = [...this.slots()].filter((slot) => slot.runs.size > 0 && slot.status !== "killing");
    if (this.settings.isolation === "process") {
      for (const slot of running) if ((slot.residentBytes() ?? 0) > limit) slot.kill("memory", null);
      return;
    }
    if (process.memoryUsage.rss() <= limit) return;
    const largest = running.toSorted((a, b) => size(b) - size(a))[0];
    if (largest === undefined) return;
    this.memoryPauseUntil = Date.now() + PAUSE_AFTER_KILL_MS;
    largest.kill("memory", null);
  }
}

/** A slot whose loop is blocked says nothing: what it said last may be long ago, and it is suspected first. */
function size(slot: Slot): number {
  const silent = Date.now() - slot.lastSignAt > 2500;
  return silent ? Number.POSITIVE_INFINITY : (slot.memory?.heap ?? 0) + (slot.memory?.external ?? 0);
}
