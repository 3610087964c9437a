import { hash } from "node:crypto";
import type { LimitState, RateLimits } from "./rate-limits";

/**
 * Slows down the guessing of tokens: an address that sent too many wrong ones is heard no more for a while. Tokens that
 * were good just now stay so meanwhile: others may share that address.
 */
export interface GuessGuard {
  /** Where the address stands when it is to be refused unheard; null: hear it. */
  refusal(address: string | null, token: string): Promise<LimitState | null>;
  wrong(address: string | null): Promise<void>;
  good(token: string): void;
}

const GOOD_FOR_MS = 120_000;
/** Not noted anew each time. */
const NOTE_EVERY_MS = 30_000;
const MOST_GOOD = 20_000;

export function createGuessGuard(limits: RateLimits): GuessGuard {
  const good = new Map<string, number>();

  const isGood = (token: string) =>
    performance.now() - (good.get(keyOf(token)) ?? Number.NEGATIVE_INFINITY) < GOOD_FOR_MS;

  return {
    async refusal(address, token) {
      if (address === null || limits.open("unauthorized", address) || isGood(token)) return null;
      const state = await limits.look("unauthorized", address);
      return state.allowed ? null : state;
    },
    async wrong(address) {
      if (address !== null) await limits.take("unauthorized", address);
    },
    good(token) {
      const key = keyOf(token);
      const now = performance.now();
      if (now - (good.get(key) ?? Number.NEGATIVE_INFINITY) < NOTE_EVERY_MS) return;
      if (good.size >= MOST_GOOD) good.clear();
      good.set(key, now);
    },
  };
}

/** Not the token itself: it would lie about in the memory for long. */
function keyOf(token: string): string {
  return hash("sha256", token, "base64");
}
