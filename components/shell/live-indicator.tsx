"use client";
import { clsx } from "clsx";
import { useLocale, useTranslations } from "next-intl";
import { isStale, useLiveStatus } from "@/components/data/live";
import { useNow } from "@/components/ui/ticker";
import { formatDuration } from "@/lib/time/duration";

/** How old what is shown is: live, old, or waiting for the server to come back. */
export function LiveIndicator() {
  const t = useTranslations("shell");
  const locale = useLocale();
  const status = useLiveStatus();
  const nowMs = useNow();
  const known = nowMs !== null && status.heardAtMs !== null;
  const ageMs = known ? Math.max(0, nowMs - (status.heardAtMs ?? nowMs)) : 0;
  // Tenths of a second at least: milliseconds would only flicker.
  const age = ageMs < 1000 ? tenths(ageMs, locale) : formatDuration(Math.floor(ageMs / 1000) * 1000, locale);
  const stale = nowMs !== null && isStale(status, nowMs);

  const word = {
    connecting: t("liveConnecting"),
    live: stale ? t("liveStale", { age }) : t("live"),
    reconnecting: known
      ? t("liveReconnectingShowing", { time: clock(status.heardAtMs, locale) })
      : t("liveReconnecting"),
    signed_out: t("liveSignedOut"),
  }[status.state];

  return (
    <span
      className={clsx("live", stale && "is-stale", status.state === "connecting" && "is-off")}
      data-live={stale ? "stale" : status.state}
      title={status.problem ?? (known ? t("liveAge", { age }) : undefined)}
    >
      <span className="dot" aria-hidden="true" />
      <span role="status">{word}</span>
      {status.state === "live" && known && !stale ? (
        <span className="t3" aria-hidden="true">
          {age}
        </span>
      ) : null}
    </span>
  );
}

function clock(atMs: number | null, locale: string): string {
  if (atMs === null) return "";
  return new Intl.DateTimeFormat(locale, {
    hour: "2-digit",
    minute: "2-digit",
    second: "2-digit",
    hourCycle: "h23",
  }).format(atMs);
}

function tenths(ms: number, locale: string): string {
  return `${new Intl.NumberFormat(locale, { minimumFractionDigits: 1, maximumFractionDigits: 1 }).format(ms / 1000)} s`;
}
