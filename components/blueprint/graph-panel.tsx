"use client";
import { useQuery } from "@tanstack/react-query";
import { useTranslations } from "next-intl";
import { useState } from "react";
import { StateList } from "@/components/blueprint/state-list";
import { api } from "@/components/data/api";
import { BlueprintCanvas } from "@/components/graph/blueprint-canvas";
import { FailedPicture } from "@/components/ui/picture";
import { Segmented } from "@/components/ui/segmented";
import type { LaidOutGraph } from "@/lib/api/graph";
import type { BlueprintDocument } from "@/lib/blueprint/document";

export function graphQuery(name: string, version: number) {
  return {
    queryKey: ["blueprint-graph", name, version] as const,
    queryFn: ({ signal }: { signal: AbortSignal }) =>
      api.get<LaidOutGraph>(`/api/v1/blueprints/${encodeURIComponent(name)}/graph`, { query: { version }, signal }),
    // A version never changes.
    staleTime: Number.POSITIVE_INFINITY,
  };
}

type View = "graph" | "states";

/** The blueprint drawn, and the same as a table. */
export function GraphPanel({
  name,
  version,
  document,
}: {
  name: string;
  version: number;
  document: BlueprintDocument;
}) {
  const t = useTranslations("blueprints");
  const [view, setView] = useState<View>("graph");
  const { data, error, refetch } = useQuery(graphQuery(name, version));
  return (
    <section className="graph-panel" aria-label={t("graph")}>
      <div className="graph-panel-h">
        <Segmented
          label={t("view")}
          value={view}
          onChange={setView}
          options={[
            { value: "graph", label: t("graph") },
            { value: "states", label: t("states") },
          ]}
        />
      </div>
      {view === "states" ? (
        <StateList document={document} />
      ) : error && !data ? (
        <FailedPicture error={error} onRetry={() => void refetch()} />
      ) : (
        <div className="graph-place">{data ? <BlueprintCanvas graph={data} /> : null}</div>
      )}
    </section>
  );
}
