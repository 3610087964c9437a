"use client";
import { useTranslations } from "next-intl";
import { BranchGrid } from "@/components/job/inspector/branch-grid";
import { taskError } from "@/components/job/step-facts";
import { StatusIcon } from "@/components/status/status";
import { STATUS_LOOK } from "@/components/status/status-table";
import { CopyButton } from "@/components/ui/copy-button";
import type { DisplayStatus } from "@/lib/job-status";
import { branchCounts, type StepView, type TaskView } from "@/lib/job-view";

/** Failed branches named below the grid; the others are in the grid. */
const FAILED_SHOWN = 8;

/** A fan-out: counts, grid, and the branches that failed with their errors. */
export function BranchSection({
  step,
  selected,
  onSelect,
}: {
  step: StepView;
  selected: number | null;
  onSelect: (branch: number) => void;
}) {
  const t = useTranslations("job.inspector");
  const words = useTranslations("status");
  const counts = branchCounts(step);
  const statuses = (Object.keys(counts) as DisplayStatus[]).sort((a, b) => STATUS_LOOK[a].order - STATUS_LOOK[b].order);
  const failed = step.tasks.filter((task) => task.status === "failed");
  return (
    <>
      <section className="sec" aria-label={t("branches")}>
        <header>
          {statuses.map((status) => (
            <span className="status" data-s={status} key={status} title={words(status)}>
              <StatusIcon status={status} size={14} />
              {counts[status]}
              <span className="vh">{words(status)}</span>
            </span>
          ))}
          <span className="s12 t3 end">{t("tolerates", { count: step.fanOut?.tolerate ?? 0 })}</span>
        </header>
        <BranchGrid step={step} selected={selected} onSelect={onSelect} />
      </section>
      {failed.length > 0 ? <FailedBranches failed={failed} onSelect={onSelect} /> : null}
    </>
  );
}

function FailedBranches({ failed, onSelect }: { failed: TaskView[]; onSelect: (branch: number) => void }) {
  const t = useTranslations("job.inspector");
  const rest = failed.length - FAILED_SHOWN;
  return (
    <section className="sec">
      <header>
        <h3 className="sec-h">{t("failedTitle", { count: failed.length })}</h3>
      </header>
      <ul className="boxed fail-list">
        {failed.slice(0, FAILED_SHOWN).map((task) => (
          <FailedBranch key={task.no} task={task} onSelect={onSelect} />
        ))}
      </ul>
      {rest > 0 ? <p className="s12 t3">{t("moreFailed", { count: rest })}</p> : null}
    </section>
  );
}

function FailedBranch({ task, onSelect }: { task: TaskView; onSelect: (branch: number) => void }) {
  const t = useTranslations("job.inspector");
  const error = taskError(task);
  const branch = task.branch ?? 0;
  return (
    <li className="fail-row">
      <button type="button" className="row-button status" data-s="failed" onClick={() => onSelect(branch)}>
        #{branch}
      </button>
      <span className="clip" title={error?.message}>
        {error?.message ?? "–"}
      </span>
      <span className="mono t3">{error?.code}</span>
      <CopyButton value={`${error?.code ?? ""}: ${error?.message ?? ""}`} what={t("copyError")} />
    </li>
  );
}
