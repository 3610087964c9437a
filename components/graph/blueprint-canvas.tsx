"use client";
import dynamic from "next/dynamic";
import { useTranslations } from "next-intl";
import type { BlueprintCanvasProps } from "@/components/graph/canvas-props";

const Flow = dynamic(() => import("@/components/graph/blueprint-flow"), { ssr: false, loading: Loading });

/** A blueprint's graph, alone or with a job on it. Fills its parent, which needs a height. */
export function BlueprintCanvas(props: BlueprintCanvasProps) {
  return <Flow {...props} />;
}

function Loading() {
  const t = useTranslations("graph");
  return (
    <div className="graph graph-frame" role="status" aria-busy="true" style={{ height: "100%" }}>
      <span className="vh">{t("loading")}</span>
    </div>
  );
}
