"use client";
import { clsx } from "clsx";
import { Check, TriangleAlert, X } from "lucide-react";
import { useTranslations } from "next-intl";
import { memo, useMemo } from "react";
import { shortCondition, valuesText, valuesWithPaths } from "@/components/graph/condition-text";
import { edgePath } from "@/components/graph/edge-path";
import { Icon } from "@/components/ui/icon";
import type { GraphEdge, LaidOutGraph } from "@/lib/api/graph";
import { hasChip } from "@/lib/graph/edge-chip";
import type { EdgeOverlay, EdgeState, JobOverlay } from "@/lib/graph/job-overlay";

/** What is drawn last lies on top: the path taken. */
const ORDER: Record<EdgeState, number> = { untaken: 0, ahead: 1, taken: 2 };

/** All edges in one SVG beneath the nodes, with their conditions as chips. Their places come from the server. */
export const EdgeLayer = memo(function EdgeLayer({
  graph,
  overlay,
}: {
  graph: LaidOutGraph;
  overlay: JobOverlay | undefined;
}) {
  const paths = useMemo(() => new Map(graph.edges.map((edge) => [edge.id, edgePath(edge.points)])), [graph]);
  const drawn = useMemo(() => {
    const state = (edge: GraphEdge) => overlay?.edges.get(edge.id)?.state ?? "ahead";
    return graph.edges.map((edge) => ({ edge, state: state(edge) })).sort((a, b) => ORDER[a.state] - ORDER[b.state]);
  }, [graph, overlay]);
  return (
    <>
      <svg className="edges" width={graph.width} height={graph.height} aria-hidden="true">
        {drawn.map(({ edge, state }) => {
          const path = paths.get(edge.id);
          return path ? (
            <g key={edge.id} data-edge={edge.id} data-edge-state={state}>
              <path className={clsx("edge", state)} d={path.line} strokeDashoffset={-path.length} />
              <polygon className={clsx("tip", state)} points={path.tip} />
            </g>
          ) : null;
        })}
      </svg>
      {graph.edges.map((edge) => (
        <EdgeLabel key={edge.id} edge={edge} overlay={overlay?.edges.get(edge.id)} />
      ))}
    </>
  );
});

function EdgeLabel({ edge, overlay }: { edge: GraphEdge; overlay: EdgeOverlay | undefined }) {
  const t = useTranslations("graph");
  const place = edge.label_at;
  if (!place || !hasChip(edge)) return null;
  const condition = overlay?.condition;
  const style = { left: place.x, top: place.y };
  if (!edge.when) {
    const word = edge.on === "default" ? t("else") : (edge.label ?? edge.on);
    return (
      <span className={clsx("cond word", overlay?.state ?? "ahead")} style={style} title={word}>
        {word}
      </span>
    );
  }
  const values = condition ? valuesText(condition.values) : "";
  const tooltip = [edge.when, condition ? conditionTitle(condition, t) : null].filter(Boolean).join("\n");
  return (
    <span className={clsx("cond", condition ? String(condition.result) : "ahead")} style={style} title={tooltip}>
      {condition ? <Icon as={condition.error ? TriangleAlert : condition.result ? Check : X} size={12} /> : null}
      {shortCondition(edge.when)}
      {values ? <span className="val">· {values}</span> : null}
      {condition ? <span className="vh">{conditionTitle(condition, t)}</span> : null}
    </span>
  );
}

function conditionTitle(
  condition: NonNullable<EdgeOverlay["condition"]>,
  t: ReturnType<typeof useTranslations<"graph">>,
): string {
  if (condition.error) return t("conditionError", { error: condition.error });
  const values = valuesWithPaths(condition.values);
  return condition.result ? t("conditionTrue", { values }) : t("conditionFalse", { values });
}
