/**
 * `2026-11-21 14:30:12 UTC`, with `.904` when `withMs`. Written by hand so that the server and every browser print the
 * same characters: the first paint must match what hydration computes.
 */
export function formatUtc(atMs: number, withMs = false): string {
  if (!Number.isFinite(atMs)) return "";
  const iso = new Date(atMs).toISOString();
  return `${iso.slice(0, 10)} ${iso.slice(11, withMs ? 23 : 19)} UTC`;
}

/** The same moment in the person's zone and language, zone included: `21 Nov 2026, 15:30:12 CET`. Browser only. */
export function formatLocal(
  atMs: number,
  locale: string,
  options: { withMs?: boolean; timeZone?: string } = {},
): string {
  if (!Number.isFinite(atMs)) return "";
  return new Intl.DateTimeFormat(locale, {
    day: "numeric",
    month: "short",
    year: "numeric",
    hour: "2-digit",
    minute: "2-digit",
    second: "2-digit",
    hourCycle: "h23",
    timeZoneName: "short",
    ...(options.withMs ? { fractionalSecondDigits: 3 as const } : {}),
    ...(options.timeZone ? { timeZone: options.timeZone } : {}),
  }).format(atMs);
}

/** Milliseconds since the epoch of what the wire carries: an ISO string, or seconds or milliseconds as a number. */
export function toMs(value: string | number | Date): number {
  if (value instanceof Date) return value.getTime();
  if (typeof value === "string") return Date.parse(value);
  return value < 1e11 ? value * 1000 : value;
}
