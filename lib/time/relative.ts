export type RelativeUnit = "now" | "second" | "minute" | "hour" | "day";

/** How far `thenMs` is from `nowMs`, in the one unit that fits. `count` is never negative; `future` says the side. */
export interface RelativeParts {
  unit: RelativeUnit;
  count: number;
  future: boolean;
}

/** From this age on a date says more than "23 days ago". */
export const RELATIVE_LIMIT_MS = 14 * 24 * 3600 * 1000;

/** Both arguments in milliseconds since the epoch. Less than a second apart is `now`. */
export function relativeParts(thenMs: number, nowMs: number): RelativeParts {
  const distanceMs = Math.abs(nowMs - thenMs);
  const future = thenMs > nowMs;
  const seconds = Math.floor(distanceMs / 1000);
  if (seconds < 1) return { unit: "now", count: 0, future };
  if (seconds < 60) return { unit: "second", count: seconds, future };
  if (seconds < 3600) return { unit: "minute", count: Math.floor(seconds / 60), future };
  if (seconds < 86_400) return { unit: "hour", count: Math.floor(seconds / 3600), future };
  return { unit: "day", count: Math.floor(seconds / 86_400), future };
}
