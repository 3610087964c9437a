"use client";
import { ArrowLeft } from "lucide-react";
import { useTranslations } from "next-intl";
import { AttemptsTable } from "@/components/job/inspector/attempts-table";
import { BranchGrid } from "@/components/job/inspector/branch-grid";
import { ErrorNote } from "@/components/job/inspector/error-note";
import type { StepParts } from "@/components/job/inspector/step-parts";
import { taskError } from "@/components/job/step-facts";
import { Button } from "@/components/ui/button";
import { JsonView } from "@/components/ui/json-view";
import { stepIdOf, type TaskView } from "@/lib/job-view";

/** One branch of a fan-out, with the grid to go to another. */
export function BranchOverview({ history, selection, step, task }: StepParts & { task: TaskView }) {
  const t = useTranslations("job.inspector");
  const error = taskError(task);
  const id = stepIdOf(step);
  return (
    <>
      <p>
        <Button size="sm" icon={ArrowLeft} onClick={() => selection.select(id)}>
          {t("backToStep", { state: step.state })}
        </Button>
      </p>
      {error && task.status !== "succeeded" ? <ErrorNote error={error} /> : null}
      <AttemptsTable task={task} progress={history.progress.get(task.no)} />
      {task.output === undefined ? null : <JsonView value={task.output} label={t("output")} maxHeight={280} />}
      <BranchGrid step={step} selected={task.branch} onSelect={(branch) => selection.select(id, branch)} />
    </>
  );
}
