"use client";
import { useTranslations } from "next-intl";
import { useMemo } from "react";
import { BlueprintCanvas } from "@/components/graph/blueprint-canvas";
import type { JobViewProps } from "@/components/job/view-props";
import { Button } from "@/components/ui/button";
import { FailedPicture, LoadingRows } from "@/components/ui/picture";
import { jobOverlay } from "@/lib/graph/job-overlay";
import { stepIdOf } from "@/lib/job-view";

/** The blueprint with the job's path on it. */
export function GraphView({ graph, history, selection, chosen, status }: JobViewProps) {
  const t = useTranslations("job");
  const { view } = history;
  const drawing = graph.data?.graph;
  const overlay = useMemo(() => (drawing ? jobOverlay(drawing, view) : undefined), [drawing, view]);
  if (graph.error && !drawing) {
    return (
      <div>
        <FailedPicture title={t("graphFailed")} error={graph.error} onRetry={() => void graph.refetch()} />
        <p className="graph-instead">
          {t("graphFailedHint")} <Button onClick={() => selection.show("steps")}>{t("views.steps")}</Button>
        </p>
      </div>
    );
  }
  if (!drawing || !overlay) return <LoadingRows what={t("loadingGraph")} />;

  function select(state: string) {
    const step = overlay?.nodes.get(state)?.step;
    selection.select(step ? stepIdOf(step) : state);
  }

  const ended = status === "succeeded" || status === "cancelled";
  return (
    <BlueprintCanvas
      graph={drawing}
      overlay={overlay}
      selected={chosen.state}
      focus={view.steps.at(-1)?.state}
      onSelect={select}
      ended={ended}
    />
  );
}
