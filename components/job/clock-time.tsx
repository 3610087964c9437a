"use client";
import { useLocale } from "next-intl";
import { useHydrated } from "@/components/ui/ticker";
import { formatLocal } from "@/lib/time/absolute";

const DAY_MS = 86_400_000;

/**
 * The time of day with milliseconds, in the person's zone; with the day when it is not `near`'s. Whole in the tooltip.
 * For lists of instants of one job, where the date would only repeat itself. Nothing until the page is hydrated.
 */
export function ClockTime({ at, near }: { at: string; near: string }) {
  const locale = useLocale();
  const hydrated = useHydrated();
  const atMs = Date.parse(at);
  if (!Number.isFinite(atMs)) return null;
  return (
    <time dateTime={at} title={hydrated ? formatLocal(atMs, locale, { withMs: true }) : undefined}>
      {hydrated ? clock(atMs, locale, !sameDay(atMs, Date.parse(near))) : ""}
    </time>
  );
}

function sameDay(a: number, b: number): boolean {
  return Math.abs(a - b) < DAY_MS && new Date(a).getDate() === new Date(b).getDate();
}

const formats = new Map<string, Intl.DateTimeFormat>();

function clock(atMs: number, locale: string, withDay: boolean): string {
  const key = `${locale}${withDay}`;
  let format = formats.get(key);
  if (!format) {
    format = new Intl.DateTimeFormat(locale, {
      ...(withDay ? { day: "numeric", month: "short" } : {}),
      hour: "2-digit",
      minute: "2-digit",
      second: "2-digit",
      fractionalSecondDigits: 3,
      hourCycle: "h23",
    });
    formats.set(key, format);
  }
  return format.format(atMs);
}
