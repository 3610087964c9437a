/** The longest that an answer is held back. */
export const MOST_WAIT_SECONDS = 30;

/** Seconds that `Prefer: wait=<seconds>` (RFC 7240) asks for, as far as they are granted; null: not asked, or not understood. */
export function waitSecondsOf(headers: Headers): number | null {
  for (const preference of (headers.get("prefer") ?? "").slice(0, 1_000).split(",")) {
    const [said = ""] = preference.split(";");
    const found = /^\s*wait\s*=\s*"?(\d{1,9})"?\s*$/i.exec(said);
    if (found) return Math.min(Number(found[1]), MOST_WAIT_SECONDS);
  }
  return null;
}
