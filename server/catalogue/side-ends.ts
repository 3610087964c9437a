import type { BlueprintGraph, GraphEdge, GraphNode } from "@/lib/blueprint/graph";

/** What lies beside the way that jobs are meant to take: the ends for failures, and every edge to them. */
export interface SideEnds {
  ends: GraphNode[];
  edges: GraphEdge[];
}

/**
 * Ends for failures stand at the side instead of below everything, as nearly every state leads there. One that is
 * somebody's only way on belongs to the main way and is not among them.
 */
export function sideEnds({ nodes, edges }: BlueprintGraph): SideEnds {
  const ways = new Map<string, Set<string>>();
  for (const edge of edges) ways.set(edge.from, (ways.get(edge.from) ?? new Set()).add(edge.to));
  const ends = nodes.filter((node) => {
    if (node.type !== "end" || node.outcome !== "failure" || node.start) return false;
    const incoming = edges.filter((edge) => edge.to === node.id);
    return incoming.length > 0 && incoming.every((edge) => (ways.get(edge.from)?.size ?? 0) > 1);
  });
  const names = new Set(ends.map((end) => end.id));
  return { ends, edges: edges.filter((edge) => names.has(edge.to)) };
}
