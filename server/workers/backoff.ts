import { setTimeout as delay } from "node:timers/promises";

export interface Backoff {
  /** Waits before the next try; longer after each failure in a row. Ends at once when `signal` is aborted. */
  failed(signal?: AbortSignal): Promise<void>;
  /** The last try worked. */
  worked(): void;
}

/** Exponential waits with full jitter, between `firstMs` and `mostMs`. */
export function createBackoff(firstMs = 100, mostMs = 5_000): Backoff {
  let failures = 0;
  return {
    async failed(signal) {
      const ceiling = Math.min(mostMs, firstMs * 2 ** Math.min(failures++, 16));
      await delay(firstMs / 2 + Math.random() * (ceiling - firstMs / 2), undefined, { signal, ref: false }).catch(
        () => undefined, // aborted: whoever did it wants to go on now
      );
    },
    worked() {
      failures = 0;
    },
  };
}
