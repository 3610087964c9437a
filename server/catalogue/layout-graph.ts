import type { GraphEdge, GraphNode, LaidOutGraph } from "@/lib/api/graph";
import type { BlueprintDocument } from "@/lib/blueprint/document";
import {
  type BlueprintGraph,
  blueprintGraph,
  type GraphEdge as PlainEdge,
  type GraphNode as PlainNode,
} from "@/lib/blueprint/graph";
import { CHIP_HEIGHT, chipWidth, hasChip } from "@/lib/graph/edge-chip";
import { drawSideEnds, STUB_DISTANCE } from "./draw-side-ends";
import type { Box, Drawing, Route, Size } from "./drawing";
import { type ElkResult, layoutThread } from "./layout-thread";
import { sideEnds } from "./side-ends";

/** What a layout is made from. */
export interface Drawable {
  name: string;
  version: number;
  hash: string;
  document: BlueprintDocument;
}

export interface LayoutEngine {
  graph(blueprint: Drawable): Promise<LaidOutGraph>;
  close(): Promise<void>;
}

const MAX_KEPT = 200;

const NODE_SIZE = { width: 212, height: 48 };
const FAN_OUT_SIZE = { width: 264, height: 64 };
const END_SIZE = { width: 140, height: 48 };
/** Less than a chip's height: the library leaves its distance between rows above and below. */
const LABEL_HEIGHT = 6;

/** Edges share the end they have in common, which keeps the way that most jobs take in one straight line. */
const OPTIONS = {
  "elk.algorithm": "layered",
  "elk.direction": "DOWN",
  "elk.edgeRouting": "ORTHOGONAL",
  "elk.layered.mergeEdges": "true",
  "elk.layered.spacing.nodeNodeBetweenLayers": "26",
  "elk.layered.spacing.edgeNodeBetweenLayers": "10",
  "elk.layered.spacing.edgeEdgeBetweenLayers": "10",
  "elk.spacing.nodeNode": "56",
  "elk.spacing.edgeNode": "28",
  "elk.spacing.edgeEdge": "16",
  "elk.spacing.edgeLabel": "4",
  "elk.layered.considerModelOrder.strategy": "NODES_AND_EDGES",
  "elk.layered.nodePlacement.strategy": "NETWORK_SIMPLEX",
  "elk.layered.nodePlacement.favorStraightEdges": "true",
  "elk.edgeLabels.inline": "true",
  "elk.padding": "[top=20,left=20,bottom=20,right=20]",
};
const MAIN_WAY = { "elk.layered.priority.straightness": "10", "elk.layered.priority.shortness": "10" };

/**
 * Lays blueprints out, once per content: the library places the ways that jobs are meant to take in a thread of its own
 * (300 ms of work for a small one), and the ends for failures go to the right of that.
 */
export function layoutEngine(): LayoutEngine {
  const kept = new Map<string, Promise<Drawing>>();
  const thread = layoutThread();
  return {
    async graph(blueprint) {
      let drawing = kept.get(blueprint.hash);
      if (!drawing) {
        drawing = drawn(blueprint.document, thread.layout);
        if (kept.size >= MAX_KEPT) kept.clear();
        kept.set(blueprint.hash, drawing);
        drawing.catch(() => kept.delete(blueprint.hash));
      }
      return graphOf(blueprint, await drawing);
    },
    close: () => thread.close(),
  };
}

async function drawn(document: BlueprintDocument, layout: (graph: object) => Promise<ElkResult>): Promise<Drawing> {
  const graph = blueprintGraph(document);
  const side = sideEnds(graph);
  const rest = {
    nodes: graph.nodes.filter((node) => !side.ends.includes(node)),
    edges: graph.edges.filter((edge) => !side.edges.includes(edge)),
  };
  const leaving = (name: string) => side.edges.filter((edge) => edge.from === name).length;
  const input = elkInput(rest, (node) => sizeOf(node, leaving(node.id)));
  return drawSideEnds(drawingOf(await layout(input)), side, END_SIZE);
}

function elkInput({ nodes, edges }: BlueprintGraph, sizeOf: (node: PlainNode) => Size): object {
  return {
    id: "root",
    layoutOptions: OPTIONS,
    children: nodes.map((node) => ({
      id: node.id,
      ...sizeOf(node),
      layoutOptions: node.start ? { "elk.layered.layering.layerConstraint": "FIRST" } : {},
    })),
    edges: edges.map((edge) => ({
      id: edge.id,
      sources: [edge.from],
      targets: [edge.to],
      layoutOptions: edge.kind === "failure" || edge.kind === "event" || edge.kind === "case" ? {} : MAIN_WAY,
      labels: hasChip(edge) ? [{ text: edge.label, width: chipWidth(edge), height: LABEL_HEIGHT }] : [],
    })),
  };
}

/** A state grows with the number of edges that leave it to the side, so that their chips stand below each other. */
function sizeOf(node: PlainNode, leaving: number): Size {
  const { width, height } = node.type === "parallel" ? FAN_OUT_SIZE : node.type === "end" ? END_SIZE : NODE_SIZE;
  return { width, height: Math.max(height, leaving * STUB_DISTANCE - 4) };
}

function drawingOf({ width = 0, height = 0, children = [], edges = [] }: ElkResult): Drawing {
  const box = ({ x = 0, y = 0, width = 0, height = 0 }: Partial<Box>): Box => ({ x, y, width, height });
  return {
    width,
    height,
    boxes: new Map(children.map((child) => [child.id, box(child)])),
    routes: new Map(
      edges.map(({ id, sections = [], labels = [] }) => [
        id,
        {
          points: sections
            .flatMap((section) => [section.startPoint, ...(section.bendPoints ?? []), section.endPoint])
            .map(({ x, y }) => ({ x, y })),
          chip: labels[0]?.x === undefined ? null : asHighAsChip(box(labels[0])),
        },
      ]),
    ),
  };
}

function asHighAsChip(label: Box): Box {
  return { ...label, y: label.y + (label.height - CHIP_HEIGHT) / 2, height: CHIP_HEIGHT };
}

function graphOf(blueprint: Drawable, { width, height, boxes, routes }: Drawing): LaidOutGraph {
  const { nodes, edges } = blueprintGraph(blueprint.document);
  const ends = new Set(nodes.filter((node) => node.type === "end").map((node) => node.id));
  return {
    blueprint_name: blueprint.name,
    blueprint_version: blueprint.version,
    blueprint_hash: blueprint.hash,
    width,
    height,
    nodes: nodes.map((node) => nodeOf(node, blueprint.document, boxes.get(node.id))),
    edges: edges.map((edge) => edgeOf(edge, routes.get(edge.id), boxes, ends)),
  };
}

function nodeOf(node: PlainNode, document: BlueprintDocument, box: Box | undefined): GraphNode {
  const state = document.states[node.id];
  const spec =
    state?.type === "task" ? state : state?.type === "parallel" ? (state.task ?? state.tasks?.[0]) : undefined;
  return {
    id: node.id,
    type: node.type,
    label: node.label,
    detail: node.detail ?? null,
    description: node.description ?? null,
    start: node.start,
    outcome: node.outcome ?? null,
    task_type: spec?.task_type ?? null,
    fan_out: node.type === "parallel",
    x: box?.x ?? 0,
    y: box?.y ?? 0,
    width: box?.width ?? 0,
    height: box?.height ?? 0,
  };
}

function edgeOf(edge: PlainEdge, route: Route | undefined, boxes: Map<string, Box>, ends: Set<string>): GraphEdge {
  const chip = route?.chip;
  const from = boxes.get(edge.from);
  const to = boxes.get(edge.to);
  return {
    id: edge.id,
    from: edge.from,
    to: edge.to,
    on: edge.on,
    kind: edge.kind,
    label: edge.label === "" ? null : edge.label,
    when: edge.when ?? null,
    points: route?.points ?? [],
    label_at: chip ? { x: chip.x + chip.width / 2, y: chip.y + chip.height / 2 } : null,
    back: edge.from === edge.to || (!ends.has(edge.to) && (to?.y ?? 0) < (from?.y ?? 0)),
  };
}
