"use client";
import "@xyflow/react/dist/base.css";
import "@/components/graph/graph-canvas.css";
import { ReactFlow, ReactFlowProvider, useReactFlow, ViewportPortal } from "@xyflow/react";
import { useTranslations } from "next-intl";
import { useLayoutEffect, useMemo, useRef, useState } from "react";
import type { BlueprintCanvasProps } from "@/components/graph/canvas-props";
import { EdgeLayer } from "@/components/graph/edge-layer";
import { GraphLegend, GraphTools } from "@/components/graph/graph-tools";
import { factsOf, passedOverStates, type StateFacts } from "@/components/graph/state-facts";
import { SelectState, StateNode, type StateNodeType } from "@/components/graph/state-node";
import { firstViewport, fitted, type Viewport } from "@/components/graph/viewport";

const NODE_TYPES = { state: StateNode };
const NO_EDGES: never[] = [];

/** The part of the drawing that needs React Flow; loaded when a graph is first shown. */
export default function BlueprintFlow(props: BlueprintCanvasProps) {
  const { graph, selected, onSelect } = props;
  const frame = useRef<HTMLDivElement>(null);
  const [first, setFirst] = useState<Viewport>();
  const focus = useRef(selected ?? props.focus);

  useLayoutEffect(() => {
    const box = frame.current;
    if (!box) return;
    const size = { width: box.clientWidth, height: box.clientHeight };
    setFirst(
      firstViewport(size, graph, graph.nodes.find((node) => node.id === focus.current) ?? graph.nodes[0] ?? null),
    );
  }, [graph]);

  return (
    <div className="graph graph-frame" ref={frame} data-graph={graph.blueprint_name}>
      {first ? (
        <SelectState value={onSelect ?? null}>
          <ReactFlowProvider>
            <Flow {...props} first={first} frame={frame} />
          </ReactFlowProvider>
        </SelectState>
      ) : null}
    </div>
  );
}

function Flow({
  graph,
  overlay,
  selected,
  ended = false,
  first,
  frame,
}: BlueprintCanvasProps & { first: Viewport; frame: React.RefObject<HTMLDivElement | null> }) {
  const t = useTranslations("graph");
  const flow = useReactFlow();
  const passedOver = useMemo(
    () => (overlay ? passedOverStates(graph, overlay, ended) : new Set<string>()),
    [graph, overlay, ended],
  );
  const facts = graph.nodes.map((node) =>
    factsOf(node, overlay?.nodes.get(node.id), node.id === selected, passedOver.has(node.id)),
  );
  const nodes = useStableNodes(graph, facts);

  function fit() {
    const box = frame.current;
    if (box)
      void flow.setViewport(fitted({ width: box.clientWidth, height: box.clientHeight }, graph), { duration: 0 });
  }

  return (
    <>
      <ReactFlow
        aria-label={t("title", { name: graph.blueprint_name })}
        nodes={nodes}
        edges={NO_EDGES}
        nodeTypes={NODE_TYPES}
        defaultViewport={first}
        minZoom={0.2}
        maxZoom={2}
        nodesDraggable={false}
        nodesConnectable={false}
        nodesFocusable={false}
        edgesFocusable={false}
        elementsSelectable={false}
        disableKeyboardA11y
        deleteKeyCode={null}
        selectionKeyCode={null}
        multiSelectionKeyCode={null}
        panActivationKeyCode={null}
        panOnScroll
        zoomOnDoubleClick={false}
        proOptions={{ hideAttribution: true }}
      >
        <ViewportPortal>
          <EdgeLayer graph={graph} overlay={overlay} />
        </ViewportPortal>
      </ReactFlow>
      {overlay ? <GraphLegend /> : null}
      <GraphTools onFit={fit} />
    </>
  );
}

/** The nodes for React Flow. One whose facts are the same stays the same object, so that it is not drawn again. */
function useStableNodes(graph: BlueprintCanvasProps["graph"], facts: StateFacts[]): StateNodeType[] {
  const known = useRef<{ graph: BlueprintCanvasProps["graph"]; nodes: StateNodeType[] }>({ graph, nodes: [] });
  const before = known.current.graph === graph ? known.current.nodes : [];
  const nodes = graph.nodes.map((state, index): StateNodeType => {
    const old = before[index];
    const data = facts[index] as StateFacts;
    if (old && sameFacts(old.data, data)) return old;
    const { id, x, y, width, height } = state;
    return { id, type: "state", position: { x, y }, width, height, data };
  });
  const same = nodes.length === before.length && nodes.every((node, index) => node === before[index]);
  const result = same ? before : nodes;
  useLayoutEffect(() => {
    known.current = { graph, nodes: result };
  });
  return result;
}

function sameFacts(a: StateFacts, b: StateFacts): boolean {
  return Object.keys(b).every((key) => a[key] === b[key]);
}
