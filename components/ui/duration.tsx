"use client";
import { useLocale } from "next-intl";
import type { Moment } from "@/components/ui/relative-time";
import { useNow } from "@/components/ui/ticker";
import { toMs } from "@/lib/time/absolute";
import { formatDuration, isoDuration } from "@/lib/time/duration";

/** A known duration. */
export function Duration({ ms, className }: { ms: number; className?: string }) {
  const locale = useLocale();
  return (
    <time dateTime={isoDuration(ms)} className={className}>
      {formatDuration(ms, locale)}
    </time>
  );
}

/** The time from `from` to `to`, or until now while `to` is missing. Nothing is drawn on the server for a running one. */
export function Elapsed({ from, to, className }: { from: Moment; to?: Moment | null | undefined; className?: string }) {
  const nowMs = useNow();
  const fromMs = toMs(from);
  const endMs = to === undefined || to === null ? nowMs : toMs(to);
  if (endMs === null || !Number.isFinite(fromMs)) return <span className={className}>–</span>;
  return <Duration ms={endMs - fromMs} className={className} />;
}
