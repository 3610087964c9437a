/**
 * The generic cell rate algorithm. Of a caller one time is kept: when everything that it spent will have come back, if
 * it spends nothing more. Each request moves that time on by `periodMs / limit`; whoever would move it further than
 * `periodMs` from now is refused. So `limit` requests may come at once, and one more each `periodMs / limit`.
 */

/** How many requests in which time. */
export interface Rate {
  limit: number;
  periodMs: number;
}

export interface GcraAnswer {
  /** How many of the wanted requests are granted. */
  granted: number;
  /** What may follow at once. */
  remaining: number;
  /** Until everything that was spent has come back. */
  resetMs: number;
  /** Until the next one would be granted; 0 when one would be now. */
  retryAfterMs: number;
}

/** Decides about `cost` requests at `nowMs`; as many of them are granted as there is room for. Gives the time to keep, too. */
export function gcra(keptMs: number | null, nowMs: number, rate: Rate, cost: number): GcraAnswer & { keepMs: number } {
  const interval = rate.periodMs / rate.limit;
  const from = Math.max(keptMs ?? nowMs, nowMs);
  const room = roomOf(from - nowMs, rate);
  const granted = Math.min(cost, room);
  const keepMs = from + granted * interval;
  return { ...answerOf(keepMs - nowMs, rate, granted), keepMs };
}

/** The answer when what was spent comes back within `spentMs` (after `granted` more were). */
export function answerOf(spentMs: number, rate: Rate, granted: number): GcraAnswer {
  const interval = rate.periodMs / rate.limit;
  const remaining = roomOf(spentMs, rate);
  return {
    granted,
    remaining,
    resetMs: Math.max(0, spentMs),
    retryAfterMs: remaining > 0 ? 0 : Math.max(0, spentMs + interval - rate.periodMs),
  };
}

/** Sums of fractions are a little off: what lacks a thousandth of a request is there. */
function roomOf(spentMs: number, rate: Rate): number {
  return Math.max(0, Math.floor(((rate.periodMs - spentMs) * rate.limit) / rate.periodMs + 1e-3));
}
