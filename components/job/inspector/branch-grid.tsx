"use client";
import { clsx } from "clsx";
import { Ban, RotateCw, X } from "lucide-react";
import { useTranslations } from "next-intl";
import { type KeyboardEvent, memo, useRef } from "react";
import { Icon, type LucideIcon } from "@/components/ui/icon";
import type { DisplayStatus } from "@/lib/job-status";
import type { StepView } from "@/lib/job-view";

/** Cells in a row: as many as make a readable grid, fewer for few branches. */
const MOST_COLUMNS = 24;

const MARK: Partial<Record<DisplayStatus, LucideIcon>> = { failed: X, cancelled: Ban, retrying: RotateCw };

export interface BranchGridProps {
  step: StepView;
  selected: number | null;
  onSelect: (branch: number) => void;
}

/** All branches of a fan-out, a cell each. One tab stop: arrows move, Enter chooses. */
export function BranchGrid({ step, selected, onSelect }: BranchGridProps) {
  const t = useTranslations("job.inspector");
  const grid = useRef<HTMLDivElement>(null);
  const columns = Math.min(MOST_COLUMNS, Math.max(8, step.tasks.length));

  function onKeyDown(event: KeyboardEvent) {
    const cells = [...(grid.current?.querySelectorAll<HTMLElement>("button") ?? [])];
    const target = cells[nextCell(event.key, cells.indexOf(event.target as HTMLElement), columns, cells.length)];
    if (!target) return;
    event.preventDefault();
    for (const cell of cells) cell.tabIndex = cell === target ? 0 : -1;
    target.focus();
  }

  return (
    <div
      className="cells"
      ref={grid}
      role="toolbar"
      aria-label={t("branchGrid", { state: step.state })}
      style={{ "--n": columns } as React.CSSProperties}
      onKeyDown={onKeyDown}
    >
      {step.tasks.map((task, index) => (
        <Cell
          key={task.no}
          branch={index}
          status={task.status}
          selected={index === selected}
          tabbable={index === (selected ?? 0)}
          onSelect={onSelect}
        />
      ))}
    </div>
  );
}

/** Where a key leads from `index`, or -1 when it is not one that moves. */
export function nextCell(key: string, index: number, columns: number, count: number): number {
  const step = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: columns, ArrowUp: -columns }[key];
  if (key === "Home") return 0;
  if (key === "End") return count - 1;
  if (step === undefined || index < 0) return -1;
  const next = index + step;
  return next >= 0 && next < count ? next : -1;
}

const Cell = memo(function Cell({
  branch,
  status,
  selected,
  tabbable,
  onSelect,
}: {
  branch: number;
  status: DisplayStatus;
  selected: boolean;
  tabbable: boolean;
  onSelect: (branch: number) => void;
}) {
  const t = useTranslations("job.inspector");
  const words = useTranslations("status");
  const mark = MARK[status];
  const label = t("branchLabel", { branch, status: words(status) });
  return (
    <button
      type="button"
      className={clsx("cell", selected && "is-sel")}
      data-s={status}
      aria-label={label}
      aria-pressed={selected}
      title={label}
      tabIndex={tabbable ? 0 : -1}
      onClick={() => onSelect(branch)}
    >
      {mark ? <Icon as={mark} size={12} /> : null}
    </button>
  );
});
