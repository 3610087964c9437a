import { setTimeout as delay } from "node:timers/promises";

/** Waits; ends early, without an error, when `signal` is aborted. */
export async function pause(ms: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  const early = new AbortController();
  const end = () => early.abort();
  signal.addEventListener("abort", end, { once: true });
  try {
    await delay(ms, undefined, { signal: early.signal });
  } catch {
    // Aborted: whoever did it wants to go on now.
  } finally {
    signal.removeEventListener("abort", end);
  }
}

/** The wait after the `failures`-th failure in a row: doubling from `firstMs` to `mostMs`, half of it by chance. */
export function backoffMs(failures: number, firstMs: number, mostMs: number): number {
  const ceiling = Math.min(mostMs, firstMs * 2 ** Math.min(failures - 1, 16));
  return ceiling / 2 + (Math.random() * ceiling) / 2;
}
