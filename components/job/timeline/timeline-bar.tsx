"use client";
import { clsx } from "clsx";
import { ShieldAlert, X } from "lucide-react";
import { useLocale, useTranslations } from "next-intl";
import { percent, type TimeScale } from "@/components/job/timeline/time-scale";
import { MarkView } from "@/components/job/timeline/timeline-mark";
import type { Segment, TimelineRow } from "@/components/job/timeline/timeline-rows";
import { Icon } from "@/components/ui/icon";
import { formatDuration } from "@/lib/time/duration";

/** The drawn part of a row. What it says in words stands in the row's label; here it is in the tooltips. */
export function TimelineBars({ row, scale, nowMs }: { row: TimelineRow; scale: TimeScale; nowMs: number }) {
  const last = row.segments.at(-1);
  const endShare = scale.at(last?.to ?? nowMs);
  return (
    <>
      {row.segments.map((segment) => (
        <Bar key={`${segment.kind}${segment.from}-${segment.attempt}`} segment={segment} scale={scale} nowMs={nowMs} />
      ))}
      {row.marks.map((mark, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: marks of one row are only ever added at their end
        <MarkView key={`${mark.kind} ${mark.at} ${index}`} mark={mark} scale={scale} />
      ))}
      <Cap row={row} share={endShare} />
      <RowNote row={row} scale={scale} endShare={endShare} />
    </>
  );
}

function Bar({ segment, scale, nowMs }: { segment: Segment; scale: TimeScale; nowMs: number }) {
  const title = useSegmentTitle(segment, nowMs);
  const left = scale.at(segment.from);
  const right = scale.at(segment.to ?? nowMs);
  const group = segment.kind === "group";
  return (
    <span
      className={clsx(
        group ? "tl-group" : "tl-bar",
        segment.kind === "queued" && "hatch",
        (segment.kind === "approval" || segment.kind === "wait") && "is-approval",
        segment.retried && "attempt-bad",
        segment.to === null && "is-open",
      )}
      data-s={segment.kind === "approval" ? "needs_approval" : segment.status}
      data-segment={segment.kind}
      title={title}
      style={{
        left: percent(left),
        width: `max(${group ? 4 : segment.kind === "queued" ? 0 : 3}px, ${percent(right - left)})`,
      }}
    />
  );
}

function useSegmentTitle(segment: Segment, nowMs: number): string {
  const t = useTranslations("job.timeline");
  const words = useTranslations("status");
  const locale = useLocale();
  const duration = formatDuration((segment.to ?? nowMs) - segment.from, locale);
  const status = words(segment.status);
  if (segment.kind === "queued") return t("queuedFor", { duration });
  if (segment.kind === "approval") return t("askedFor", { duration });
  if (segment.kind === "wait") return t("waitedFor", { duration });
  if (segment.kind === "child") return t("childFor", { duration });
  if (segment.kind !== "attempt") return t("inState", { status, duration });
  const attempt = segment.attempt ?? 1;
  const { worker } = segment;
  return worker ? t("attemptOn", { attempt, worker, status, duration }) : t("attempt", { attempt, status, duration });
}

/** The end of a bar that did not end well. */
function Cap({ row, share }: { row: TimelineRow; share: number }) {
  const bad = row.status === "failed" || row.status === "quarantined";
  if (!bad || row.branches > 0) return null;
  return (
    <span className="tl-cap" data-s={row.status} style={{ left: percent(share) }}>
      <Icon as={row.status === "failed" ? X : ShieldAlert} size={12} />
    </span>
  );
}

/** A few words beside the bar, on the side where there is room. */
function RowNote({ row, scale, endShare }: { row: TimelineRow; scale: TimeScale; endShare: number }) {
  const t = useTranslations("job.timeline");
  const text = noteOf(row, t);
  if (text === null) return null;
  const startShare = scale.at(row.from);
  const before = endShare > 0.72;
  if (before && startShare < 0.28) return null;
  const style = before
    ? { right: `calc(${percent(1 - startShare)} + 8px)`, maxWidth: percent(startShare) }
    : { left: `calc(${percent(endShare)} + 12px)`, maxWidth: `calc(${percent(1 - endShare)} - 16px)` };
  return (
    <span className="tl-t clip" style={style} title={text}>
      {text}
    </span>
  );
}

function noteOf(row: TimelineRow, t: ReturnType<typeof useTranslations<"job.timeline">>): string | null {
  if (row.branches > 0) return row.failed > 0 ? t("failedOf", { failed: row.failed, total: row.branches }) : null;
  if (row.note !== null && row.status !== "succeeded") return row.note;
  const attempts = row.segments.filter((segment) => segment.kind === "attempt");
  if (attempts.length < 2) return null;
  return [t("attempts", { count: attempts.length }), attempts.at(-1)?.worker].filter(Boolean).join(" · ");
}
