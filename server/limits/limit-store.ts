import { gcra, type Rate } from "./gcra";

/** Where it is kept what callers have spent. */
export interface LimitStore {
  /**
   * Grants as much of `cost` as there is room for (0: only looks). `spentMs`: until all that was spent has come back.
   * Null: it cannot tell at the moment.
   */
  take(key: string, rate: Rate, cost: number): Promise<{ granted: number; spentMs: number } | null>;
  close(): void;
}

const MOST_KEYS = 20_000;

/** The memory of this process alone. `now` is in milliseconds. */
export function createLocalLimitStore(now: () => number = () => performance.now()) {
  const kept = new Map<string, number>();
  return {
    take(key: string, rate: Rate, cost: number): { granted: number; spentMs: number } {
      const at = now();
      const { granted, keepMs } = gcra(kept.get(key) ?? null, at, rate, cost);
      if (granted > 0) {
        // Again at the end: the order is that of the last use.
        kept.delete(key);
        kept.set(key, keepMs);
        if (kept.size > MOST_KEYS) forgetOldest(kept, at);
      }
      return { granted, spentMs: keepMs - at };
    },
  };
}

/** Those that say nothing any more, and else the one that was used least lately. */
function forgetOldest(kept: Map<string, number>, nowMs: number): void {
  for (const [key, until] of kept) {
    kept.delete(key);
    if (until > nowMs || kept.size <= MOST_KEYS / 2) return;
  }
}
