import type { Signal } from "@/server/engine/signal";

/** How long a signal made from a due row is not made again, while its turn is under way. */
const QUIET_MS = 3_000;

/** Remembers the signals made from rows, so that a row that is due is not signalled anew each second. */
export class RecentSignals {
  private readonly seen = new Map<string, number>();

  constructor(private readonly now: () => number) {}

  /** Those not made within the last seconds; they count as made now. */
  unseen(signals: Signal[]): Signal[] {
    const now = this.now();
    for (const [name, at] of this.seen) if (now - at > QUIET_MS) this.seen.delete(name);
    return signals.filter((signal) => {
      const name = JSON.stringify(signal);
      if (this.seen.has(name)) return false;
      this.seen.set(name, now);
      return true;
    });
  }
}
