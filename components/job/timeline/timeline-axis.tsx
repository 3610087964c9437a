"use client";
import { useLocale, useTranslations } from "next-intl";
import { useMemo } from "react";
import { percent, type TimeScale, ticksOf } from "@/components/job/timeline/time-scale";
import { useHydrated } from "@/components/ui/ticker";
import { formatDuration } from "@/lib/time/duration";

/** A tick further right would run into the word at the end. */
const ROOM_FOR_NOW = 0.9;

/** The head of the columns: times from the start or of the clock. */
export function TimelineAxis({
  scale,
  mode,
  running,
}: {
  scale: TimeScale;
  mode: "offset" | "clock";
  running: boolean;
}) {
  const t = useTranslations("job.timeline");
  const locale = useLocale();
  const hydrated = useHydrated();
  const ticks = useMemo(() => ticksOf(scale), [scale]);
  const clock = useMemo(
    () => new Intl.DateTimeFormat(locale, { hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" }),
    [locale],
  );
  const text = (ms: number) => {
    if (mode === "offset") return ms === scale.start ? "0" : `+${formatDuration(ms - scale.start, locale)}`;
    return hydrated ? clock.format(ms) : "";
  };
  return (
    <div className="tl-axis">
      <span className="tl-l">
        <span>{t("step")}</span>
        <span className="end">{t("duration")}</span>
      </span>
      <span className="tl-c" aria-hidden="true">
        {ticks
          .filter(({ at }) => !running || at < ROOM_FOR_NOW)
          .map(({ ms, at }) => (
            <span className="tick" key={ms} style={{ left: percent(at) }}>
              {text(ms)}
            </span>
          ))}
        {running ? <span className="tick now">{t("now")}</span> : null}
      </span>
    </div>
  );
}

/** Lines under the ticks, and the stretches that are drawn small. */
export function TimelineGround({ scale }: { scale: TimeScale }) {
  const t = useTranslations("job.timeline");
  const locale = useLocale();
  const ticks = useMemo(() => ticksOf(scale), [scale]);
  return (
    <div className="tl-bg">
      {ticks.map(({ ms, at }) => (
        <i key={ms} style={{ left: percent(at) }} />
      ))}
      {scale.pauses.map(({ from, to, left, width }) => (
        <span key={from} className="tl-break" style={{ left: percent(left), width: percent(width) }}>
          <b>{t("idle", { duration: formatDuration(to - from, locale) })}</b>
        </span>
      ))}
    </div>
  );
}
