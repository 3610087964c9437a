const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** Spanish reads "m" as metres, so its minute is "min", the SI symbol. */
const UNITS: Record<string, { d: string; h: string; m: string; s: string; ms: string }> = {
  en: { d: "d", h: "h", m: "m", s: "s", ms: "ms" },
  es: { d: "d", h: "h", m: "min", s: "s", ms: "ms" },
};

/**
 * A duration as people read it, never more than two units: `38 ms`, `2.4 s`, `41 s`, `2 m 41 s`, `1 h 28 m`, `3 d 4 h`.
 * `durationMs` below zero counts as zero (clocks of two machines differ).
 */
export function formatDuration(durationMs: number, locale = "en"): string {
  const u = UNITS[locale] ?? (UNITS.en as (typeof UNITS)[string]);
  const ms = Math.max(0, Math.round(durationMs));
  if (ms < SECOND) return `${ms} ${u.ms}`;
  if (ms < 9_950) return `${decimal(ms / SECOND, locale)} ${u.s}`;
  if (ms < MINUTE - 500) return `${Math.round(ms / SECOND)} ${u.s}`;
  const seconds = Math.round(ms / SECOND);
  if (seconds < 3600) return pair(Math.floor(seconds / 60), u.m, seconds % 60, u.s, true);
  if (ms < DAY) return pair(Math.floor(seconds / 3600), u.h, Math.floor((seconds % 3600) / 60), u.m, true);
  return pair(Math.floor(ms / DAY), u.d, Math.floor((ms % DAY) / HOUR), u.h, false);
}

/** The machine's form for `<time datetime>`: ISO 8601, `PT161.25S`. */
export function isoDuration(durationMs: number): string {
  return `PT${Math.max(0, durationMs) / SECOND}S`;
}

function decimal(value: number, locale: string): string {
  const text = value.toFixed(1).replace(/\.0$/, "");
  return locale === "es" ? text.replace(".", ",") : text;
}

function pair(big: number, bigUnit: string, small: number, smallUnit: string, padded: boolean): string {
  if (small === 0) return `${big} ${bigUnit}`;
  return `${big} ${bigUnit} ${padded ? String(small).padStart(2, "0") : small} ${smallUnit}`;
}
