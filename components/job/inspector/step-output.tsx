"use client";
import { useTranslations } from "next-intl";
import type { StepParts } from "@/components/job/inspector/step-parts";
import { JsonView } from "@/components/ui/json-view";

/** What the step, or the chosen branch, gave back, and what it wrote into the job's data. */
export function StepOutput({ step, task }: StepParts) {
  const t = useTranslations("job.inspector");
  const single = task ?? (step.fanOut ? null : (step.tasks[0] ?? null));
  const wrote = Object.keys(step.patch).length > 0;
  const nothing = single?.output === undefined && !wrote;
  return (
    <>
      {single && single.output !== undefined ? <JsonView value={single.output} label={t("outputTask")} /> : null}
      {!task && wrote ? <JsonView value={step.patch} label={t("wrote")} openLevels={1} /> : null}
      {step.fanOut && !task ? <p className="note">{t("outputBranches")}</p> : null}
      {nothing && !(step.fanOut && !task) ? <p className="note">{t("noOutput")}</p> : null}
    </>
  );
}
