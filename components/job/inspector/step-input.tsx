"use client";
import { useTranslations } from "next-intl";
import { useMemo } from "react";
import type { StepParts } from "@/components/job/inspector/step-parts";
import { JsonView } from "@/components/ui/json-view";
import type { BlueprintState } from "@/lib/blueprint/document";
import type { JsonObject } from "@/lib/json";

/** What the step could read: its declared parameters, and the job's data as it was when the step began. */
export function StepInput({ detail, history, graph, step }: StepParts) {
  const t = useTranslations("job.inspector");
  const declared = declaredParams(graph?.document.states[step.state]);
  const before = useMemo(() => {
    const gathered: JsonObject = {};
    for (const each of history.view.steps) {
      if (each.entry >= step.entry) break;
      Object.assign(gathered, each.patch);
    }
    return gathered;
  }, [history.view, step.entry]);
  return (
    <>
      {declared ? (
        <JsonView value={declared} label={t(step.fanOut ? "inputItem" : "inputDeclared")} maxHeight={280} />
      ) : null}
      <JsonView value={before} label={t("inputHistory")} openLevels={1} />
      <JsonView value={detail.input} label={t("inputData")} openLevels={1} />
    </>
  );
}

function declaredParams(state: BlueprintState | undefined): unknown {
  if (state?.type === "task") return state.params;
  if (state?.type === "parallel") return state.task?.params;
  return state?.type === "set" ? state.values : undefined;
}
