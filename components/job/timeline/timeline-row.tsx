"use client";
import { clsx } from "clsx";
import { ChevronDown, ChevronRight } from "lucide-react";
import { useTranslations } from "next-intl";
import type { TimeScale } from "@/components/job/timeline/time-scale";
import { TimelineBars } from "@/components/job/timeline/timeline-bar";
import type { TimelineRow } from "@/components/job/timeline/timeline-rows";
import { StatusIcon } from "@/components/status/status";
import { Duration } from "@/components/ui/duration";
import { Icon } from "@/components/ui/icon";

export interface TimelineRowProps {
  row: TimelineRow;
  scale: TimeScale;
  nowMs: number;
  selected: boolean;
  /** Given for a row that can be opened. */
  open: boolean | undefined;
  onToggle: () => void;
  onSelect: () => void;
}

/** Name, duration and bars of a step or a branch. */
export function TimelineRowView({ row, scale, nowMs, selected, open, onToggle, onSelect }: TimelineRowProps) {
  const t = useTranslations("job.timeline");
  const words = useTranslations("status");
  const child = row.branch !== null;
  return (
    <li className={clsx("tl-row", child && "child", selected && "is-sel")} data-row={row.id}>
      <span className="tl-l">
        {child ? null : open === undefined ? (
          <span className="tw" />
        ) : (
          <button
            type="button"
            className="tw"
            aria-expanded={open}
            aria-label={t(open ? "collapseBranches" : "expand", { state: row.label })}
            onClick={onToggle}
          >
            <Icon as={open ? ChevronDown : ChevronRight} size={12} />
          </button>
        )}
        <button
          type="button"
          className="tl-name"
          aria-pressed={selected}
          aria-label={t("select", { label: row.label, status: words(row.status) })}
          onClick={onSelect}
        >
          <StatusIcon status={row.status} size={14} />
          <span className="clip">{row.label}</span>
          {row.branches > 0 ? <span className="t3">×{row.branches}</span> : null}
        </button>
        <Duration ms={(row.to ?? nowMs) - row.from} className="tl-d" />
      </span>
      <span className="tl-c">
        <TimelineBars row={row} scale={scale} nowMs={nowMs} />
      </span>
    </li>
  );
}
