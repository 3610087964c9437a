import { setTimeout as delay } from "node:timers/promises";

/**
 * Asks `url` until it answers with 2xx. Resolves `false` when `signal` is aborted first. `onSlow` is called every
 * 15 s with what was last seen.
 */
export async function waitReady(url: string, signal: AbortSignal, onSlow: (seen: string) => void): Promise<boolean> {
  let seen = "no answer";
  let told = Date.now();
  while (!signal.aborted) {
    try {
      const response = await fetch(url, { signal: AbortSignal.timeout(2_000) });
      const body = await response.text();
      if (response.ok) return true;
      seen = `${response.status} ${body.slice(0, 200)}`;
    } catch {
      seen = "no answer";
    }
    if (Date.now() - told > 15_000) {
      told = Date.now();
      onSlow(seen);
    }
    await delay(100);
  }
  return false;
}
