import type { BlueprintDocument, StateType } from "./document";
import { blueprintGraph, type GraphEdge, type GraphNode } from "./graph";

const SHAPE: Record<StateType, string> = {
  handler: "box",
  choice: "diamond",
  set: "box",
  task: "box",
  parallel: "box3d",
  approval: "hexagon",
  child: "component",
  wait: "oval",
  end: "doublecircle",
};

const MAX_LABEL = 60;

/** The graph as DOT text for Graphviz. Sorted, so the same document always gives the same text. */
export function blueprintDot(document: BlueprintDocument): string {
  const { nodes, edges } = blueprintGraph(document);
  const lines = [
    `digraph ${quoted(document.name)} {`,
    "  rankdir=TB;",
    "  node [shape=box, style=rounded];",
    '  __start [shape=point, width=0.15, label=""];',
    ...nodes.map(nodeLine).sort(),
    ...nodes
      .filter((node) => node.start)
      .map((node) => `  __start -> ${quoted(node.id)};`)
      .sort(),
    ...edges.map(edgeLine).sort(),
    "}",
  ];
  return `${lines.join("\n")}\n`;
}

function nodeLine(node: GraphNode): string {
  const label = node.detail ? `${node.label}\n${cut(node.detail)}` : node.label;
  const attributes = [`label=${quoted(label)}`, `shape=${SHAPE[node.type]}`];
  if (node.outcome) attributes.push(`color=${node.outcome === "success" ? "darkgreen" : "firebrick"}`);
  if (node.start) attributes.push("penwidth=2");
  return `  ${quoted(node.id)} [${attributes.join(", ")}];`;
}

function edgeLine(edge: GraphEdge): string {
  const attributes = edge.label === "" ? [] : [`label=${quoted(cut(edge.label))}`];
  if (edge.kind === "failure" || edge.kind === "event") attributes.push("style=dashed");
  return `  ${quoted(edge.from)} -> ${quoted(edge.to)}${attributes.length > 0 ? ` [${attributes.join(", ")}]` : ""};`;
}

function cut(text: string): string {
  return text.length > MAX_LABEL ? `${text.slice(0, MAX_LABEL - 1)}…` : text;
}

/** A DOT string: quotes and backslashes escaped, line breaks as `\n`; so a label can never end the text. */
function quoted(text: string): string {
  const escaped = text
    .replace(/\\/g, "\\\\")
    .replace(/"/g, '\\"')
    .replace(/\r?\n|\r/g, "\\n");
  return `"${escaped}"`;
}
