import { Worker } from "node:worker_threads";
import type { GraphEdge, GraphNode, GraphPoint, LaidOutGraph } from "@/lib/api/graph";
import type { BlueprintDocument } from "@/lib/blueprint/document";
import { blueprintGraph, type GraphEdge as PlainEdge, type GraphNode as PlainNode } from "@/lib/blueprint/graph";

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
const LAYOUT_TIMEOUT_MS = 20_000;
/** The library takes 40 MB: its thread ends when nobody asks. */
const IDLE_MS = 60_000;

const NODE_SIZE = { width: 212, height: 48 };
const FAN_OUT_SIZE = { width: 264, height: 76 };
const END_SIZE = { width: 140, height: 48 };
const LABEL_HEIGHT = 22;

/** Edges share the end they have in common, which keeps the way that most jobs take in one straight line. */
const OPTIONS = {
  "elk.algorithm": "layered",
  "elk.direction": "DOWN",
  "elk.edgeRouting": "ORTHOGONAL",
  "elk.layered.mergeEdges": "true",
  "elk.layered.spacing.nodeNodeBetweenLayers": "20",
  "elk.layered.spacing.edgeNodeBetweenLayers": "14",
  "elk.spacing.nodeNode": "56",
  "elk.spacing.edgeNode": "28",
  "elk.spacing.edgeEdge": "16",
  "elk.spacing.edgeLabel": "4",
  "elk.layered.considerModelOrder.strategy": "NODES_AND_EDGES",
  "elk.layered.nodePlacement.strategy": "NETWORK_SIMPLEX",
  "elk.layered.nodePlacement.favorStraightEdges": "true",
  "elk.edgeLabels.inline": "true",
  "elk.padding": "[top=24,left=24,bottom=24,right=24]",
};
const MAIN_WAY = { "elk.layered.priority.straightness": "10", "elk.layered.priority.shortness": "10" };

interface ElkPoint {
  x: number;
  y: number;
}
interface ElkBox extends ElkPoint {
  width: number;
  height: number;
}
interface ElkResult {
  width?: number;
  height?: number;
  children?: (Partial<ElkBox> & { id: string })[];
  edges?: {
    id: string;
    sections?: { startPoint: ElkPoint; bendPoints?: ElkPoint[]; endPoint: ElkPoint }[];
    labels?: Partial<ElkBox>[];
  }[];
}

/** Lays blueprints out in a thread of its own (300 ms of work for a small one), once per content. */
export function layoutEngine(): LayoutEngine {
  const kept = new Map<string, Promise<ElkResult>>();
  const thread = layoutThread();
  return {
    async graph(blueprint) {
      let laidOut = kept.get(blueprint.hash);
      if (!laidOut) {
        laidOut = thread.layout(elkInput(blueprint.document));
        if (kept.size >= MAX_KEPT) kept.clear();
        kept.set(blueprint.hash, laidOut);
        laidOut.catch(() => kept.delete(blueprint.hash));
      }
      return graphOf(blueprint, await laidOut);
    },
    close: () => thread.close(),
  };
}

function elkInput(document: BlueprintDocument): object {
  const { nodes, edges } = blueprintGraph(document);
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
      labels: edge.label === "" ? [] : [{ text: edge.label, width: labelWidth(edge.label), height: LABEL_HEIGHT }],
    })),
  };
}

function sizeOf(node: PlainNode): { width: number; height: number } {
  if (node.type === "parallel") return FAN_OUT_SIZE;
  return node.type === "end" ? END_SIZE : NODE_SIZE;
}

/** Labels are cut on the page at about 28 characters of the small monospace. */
function labelWidth(label: string): number {
  return Math.min(label.length, 28) * 7 + 18;
}

function graphOf(blueprint: Drawable, laidOut: ElkResult): LaidOutGraph {
  const { nodes, edges } = blueprintGraph(blueprint.document);
  const boxes = new Map(laidOut.children?.map((child) => [child.id, child]));
  const routes = new Map(laidOut.edges?.map((edge) => [edge.id, edge]));
  return {
    blueprint_name: blueprint.name,
    blueprint_version: blueprint.version,
    blueprint_hash: blueprint.hash,
    width: laidOut.width ?? 0,
    height: laidOut.height ?? 0,
    nodes: nodes.map((node) => nodeOf(node, blueprint.document, boxes.get(node.id) ?? {})),
    edges: edges.map((edge) => edgeOf(edge, routes.get(edge.id), boxes)),
  };
}

function nodeOf(node: PlainNode, document: BlueprintDocument, box: Partial<ElkBox>): GraphNode {
  const state = document.states[node.id];
  const spec =
    state?.type === "task" ? state : state?.type === "parallel" ? (state.task ?? state.tasks?.[0]) : undefined;
  const size = sizeOf(node);
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
    x: box.x ?? 0,
    y: box.y ?? 0,
    width: box.width ?? size.width,
    height: box.height ?? size.height,
  };
}

function edgeOf(
  edge: PlainEdge,
  route: NonNullable<ElkResult["edges"]>[number] | undefined,
  boxes: Map<string, Partial<ElkBox>>,
): GraphEdge {
  const points: GraphPoint[] = (route?.sections ?? []).flatMap((section) => [
    section.startPoint,
    ...(section.bendPoints ?? []),
    section.endPoint,
  ]);
  const label = route?.labels?.[0];
  return {
    id: edge.id,
    from: edge.from,
    to: edge.to,
    on: edge.on,
    kind: edge.kind,
    label: edge.label === "" ? null : edge.label,
    when: edge.when ?? null,
    points: points.map(({ x, y }) => ({ x, y })),
    label_at:
      label?.x === undefined
        ? null
        : { x: label.x + (label.width ?? 0) / 2, y: (label.y ?? 0) + (label.height ?? 0) / 2 },
    back: edge.from === edge.to || (boxes.get(edge.to)?.y ?? 0) < (boxes.get(edge.from)?.y ?? 0),
  };
}

/**
 * The library would run a "worker" of its own in this thread; here it has a real one. It is text, so that no bundler takes
 * it for a module of its own: the library is found from the working directory, which is the project's.
 */
const THREAD_CODE = `
  const { parentPort } = require("node:worker_threads");
  const ELK = require("elkjs/lib/elk.bundled.js");
  const elk = new ELK();
  parentPort.on("message", ({ id, graph }) => {
    elk.layout(graph).then(
      (result) => parentPort.postMessage({ id, result }),
      (error) => parentPort.postMessage({ id, error: String(error && error.message || error) }),
    );
  });`;

function layoutThread(): { layout(graph: object): Promise<ElkResult>; close(): Promise<void> } {
  const waiting = new Map<number, { resolve(result: ElkResult): void; reject(error: Error): void }>();
  let worker: Worker | null = null;
  let nextId = 1;
  let idle: NodeJS.Timeout | undefined;

  const end = async (reason: Error) => {
    const ended = worker;
    worker = null;
    clearTimeout(idle);
    for (const { reject } of waiting.values()) reject(reason);
    waiting.clear();
    await ended?.terminate();
  };

  const begin = (): Worker => {
    const started = new Worker(THREAD_CODE, {
      eval: true,
      resourceLimits: { maxOldGenerationSizeMb: 512 },
    });
    started.unref();
    started.on("message", ({ id, result, error }: { id: number; result?: ElkResult; error?: string }) => {
      const asked = waiting.get(id);
      waiting.delete(id);
      if (result) asked?.resolve(result);
      else asked?.reject(new Error(`the graph could not be laid out: ${error}`));
    });
    started.on("error", (error) => void end(error));
    return started;
  };

  return {
    async layout(graph) {
      clearTimeout(idle);
      worker ??= begin();
      const id = nextId++;
      const limit = setTimeout(() => void end(new Error("laying the graph out took too long")), LAYOUT_TIMEOUT_MS);
      try {
        return await new Promise<ElkResult>((resolve, reject) => {
          waiting.set(id, { resolve, reject });
          worker?.postMessage({ id, graph });
        });
      } finally {
        clearTimeout(limit);
        if (waiting.size === 0) idle = setTimeout(() => void end(new Error("idle")), IDLE_MS).unref();
      }
    },
    close: () => end(new Error("the process is stopping")),
  };
}
