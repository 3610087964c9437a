"use client";
import { useLocale, useTranslations } from "next-intl";
import { useHydrated, useNow } from "@/components/ui/ticker";
import { formatLocal, formatUtc, toMs } from "@/lib/time/absolute";
import { RELATIVE_LIMIT_MS, relativeParts } from "@/lib/time/relative";

/** What the wire carries: an ISO string, or a number of seconds or milliseconds. */
export type Moment = string | number | Date;

/** "3 m ago" or "in 34 m", refreshed each second; the exact moment with its zone is in the tooltip and in `datetime`. */
export function RelativeTime({ at, className }: { at: Moment; className?: string }) {
  const t = useTranslations("time");
  const locale = useLocale();
  const nowMs = useNow();
  const atMs = toMs(at);
  if (!Number.isFinite(atMs)) return null;
  const iso = new Date(atMs).toISOString();
  if (nowMs === null) {
    return (
      <time dateTime={iso} className={className}>
        {formatUtc(atMs)}
      </time>
    );
  }
  const exact = formatLocal(atMs, locale);
  return (
    <time dateTime={iso} title={exact} className={className} aria-live="off">
      {Math.abs(nowMs - atMs) > RELATIVE_LIMIT_MS ? exact : words(t, atMs, nowMs)}
    </time>
  );
}

/** The exact moment in the person's zone; `withMs` for logs and events. UTC until the page is hydrated. */
export function AbsoluteTime({ at, withMs = false, className }: { at: Moment; withMs?: boolean; className?: string }) {
  const locale = useLocale();
  const hydrated = useHydrated();
  const atMs = toMs(at);
  if (!Number.isFinite(atMs)) return null;
  return (
    <time dateTime={new Date(atMs).toISOString()} title={formatUtc(atMs, true)} className={className}>
      {hydrated ? formatLocal(atMs, locale, { withMs }) : formatUtc(atMs, withMs)}
    </time>
  );
}

function words(t: ReturnType<typeof useTranslations<"time">>, atMs: number, nowMs: number): string {
  const { unit, count, future } = relativeParts(atMs, nowMs);
  switch (unit) {
    case "now":
      return t("now");
    case "second":
      return t(future ? "inSeconds" : "secondsAgo", { count });
    case "minute":
      return t(future ? "inMinutes" : "minutesAgo", { count });
    case "hour":
      return t(future ? "inHours" : "hoursAgo", { count });
    case "day":
      return t(future ? "inDays" : "daysAgo", { count });
  }
}
