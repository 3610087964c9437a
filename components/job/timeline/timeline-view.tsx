"use client";
import "@/components/job/timeline/timeline.css";
import { Check } from "lucide-react";
import { useTranslations } from "next-intl";
import { useMemo, useState } from "react";
import { stoppedAt } from "@/components/job/job-facts";
import { timeScale } from "@/components/job/timeline/time-scale";
import { TimelineAxis, TimelineGround } from "@/components/job/timeline/timeline-axis";
import { TimelineLegend } from "@/components/job/timeline/timeline-legend";
import { TimelineRowView } from "@/components/job/timeline/timeline-row";
import { branchRows, busyStretches, stepRow, type TimelineRow } from "@/components/job/timeline/timeline-rows";
import type { JobViewProps } from "@/components/job/view-props";
import { Button } from "@/components/ui/button";
import { Icon } from "@/components/ui/icon";
import { EmptyPicture } from "@/components/ui/picture";
import { Segmented } from "@/components/ui/segmented";
import { useNow } from "@/components/ui/ticker";
import { type StepView, stepIdOf } from "@/lib/job-view";

/** Rows drawn before somebody asks for more, of steps and of each step's branches. */
const STEPS_SHOWN = 200;
const BRANCHES_SHOWN = 50;

export type ClockMode = "offset" | "clock";

/** When what happened, one row per step, and per branch where that is opened. */
export function TimelineView({ detail, status, history, selection, chosen }: JobViewProps) {
  const t = useTranslations("job.timeline");
  const { view } = history;
  const now = useNow();
  const [collapse, setCollapse] = useState(true);
  const [mode, setMode] = useState<ClockMode>("offset");
  const [shownSteps, setShownSteps] = useState(STEPS_SHOWN);
  const start = Date.parse(view.startedAt ?? detail.created_at);
  const stopped = stoppedAt(detail, view, status);
  const nowMs = stopped === null ? Math.max(now ?? 0, start + 1) : Date.parse(stopped);
  const scale = useMemo(
    () => timeScale(start, nowMs, busyStretches(view, nowMs), collapse),
    [start, nowMs, view, collapse],
  );
  if (view.steps.length === 0) return <EmptyPicture title={t("empty")} />;
  const rest = view.steps.length - shownSteps;

  return (
    <div className="tl">
      <TimelineBar collapse={collapse} onCollapse={setCollapse} mode={mode} onMode={setMode} />
      <div className="tl-scroll">
        <TimelineAxis scale={scale} mode={mode} running={stopped === null} />
        <div className="tl-body">
          <TimelineGround scale={scale} />
          <ul>
            {view.steps.slice(0, shownSteps).map((step) => (
              <StepRows
                key={step.entry}
                step={step}
                scale={scale}
                nowMs={nowMs}
                chosenBranch={chosen.step?.entry === step.entry ? selection.branch : undefined}
                onSelect={selection.select}
              />
            ))}
          </ul>
        </div>
      </div>
      {rest > 0 ? (
        <p className="view-more">
          <Button size="sm" onClick={() => setShownSteps(shownSteps + STEPS_SHOWN)}>
            {t("moreSteps", { count: Math.min(STEPS_SHOWN, rest), rest })}
          </Button>
        </p>
      ) : null}
      <TimelineLegend />
    </div>
  );
}

interface TimelineBarProps {
  collapse: boolean;
  onCollapse: (collapse: boolean) => void;
  mode: ClockMode;
  onMode: (mode: ClockMode) => void;
}

/** How the axis is drawn. */
function TimelineBar({ collapse, onCollapse, mode, onMode }: TimelineBarProps) {
  const t = useTranslations("job.timeline");
  return (
    <div className="filterbar">
      <Button size="sm" aria-pressed={collapse} onClick={() => onCollapse(!collapse)}>
        {collapse ? <Icon as={Check} size={14} /> : null}
        {t("collapse")}
      </Button>
      <span className="end">
        <Segmented
          label={t("axis")}
          value={mode}
          onChange={onMode}
          options={[
            { value: "offset", label: t("offset") },
            { value: "clock", label: t("clock") },
          ]}
        />
      </span>
    </div>
  );
}

interface StepRowsProps {
  step: StepView;
  scale: ReturnType<typeof timeScale>;
  nowMs: number;
  /** Undefined: the step is not chosen; null: it is as a whole. */
  chosenBranch: number | null | undefined;
  onSelect: (step: string, branch?: number | null) => void;
}

/** A step's row, and its branches' when it is open. */
function StepRows({ step, scale, nowMs, chosenBranch, onSelect }: StepRowsProps) {
  const t = useTranslations("job.timeline");
  const [open, setOpen] = useState(step.fanOut !== null && typeof chosenBranch === "number");
  const [shown, setShown] = useState(BRANCHES_SHOWN);
  const row = useMemo(() => stepRow(step), [step]);
  const branches = useMemo(() => (open ? branchRows(step, nowMs) : []), [open, step, nowMs]);
  const rest = branches.length - shown;
  const draw = (each: TimelineRow, selected: boolean) => (
    <TimelineRowView
      key={each.id}
      row={each}
      scale={scale}
      nowMs={nowMs}
      selected={selected}
      open={each.branches > 0 ? open : undefined}
      onToggle={() => setOpen(!open)}
      onSelect={() => onSelect(stepIdOf(step), each.branch)}
    />
  );
  return (
    <>
      {draw(row, chosenBranch === null)}
      {branches.slice(0, shown).map((each) => draw(each, each.branch === chosenBranch))}
      {rest > 0 ? (
        <li className="tl-more">
          <Button size="sm" variant="quiet" onClick={() => setShown(shown + BRANCHES_SHOWN)}>
            {t("more", { count: Math.min(BRANCHES_SHOWN, rest), rest })}
          </Button>
        </li>
      ) : null}
    </>
  );
}
