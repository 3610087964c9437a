import type { BlueprintDocument, BlueprintState, EndOutcome, StateType } from "./document";
import { type EdgeKind, edgesOf } from "./edges";

/** A blueprint as a graph: its structure, without positions. */
export interface BlueprintGraph {
  nodes: GraphNode[];
  edges: GraphEdge[];
}

export interface GraphNode {
  /** The state's name. */
  id: string;
  type: StateType;
  start: boolean;
  label: string;
  /** What it works with: the task type, the child's blueprint, what is awaited. */
  detail?: string;
  description?: string;
  /** Of an end. */
  outcome?: EndOutcome;
}

export interface GraphEdge {
  /** `<from>:<key in the document>`: unique, and the same in every version that keeps the edge. */
  id: string;
  from: string;
  to: string;
  kind: EdgeKind;
  label: string;
  when?: string;
  /** How the history names it: matches `via.on` of the event `state_entered`. */
  on: string;
}

/** Nodes in the order of the document, edges in the order of their states. Edges to states that do not exist are kept. */
export function blueprintGraph(document: BlueprintDocument): BlueprintGraph {
  const states = Object.entries(document.states);
  return {
    nodes: states.map(([id, state]) => nodeOf(id, state)),
    edges: states.flatMap(([from, state]) =>
      edgesOf(state).map(({ key, ...edge }): GraphEdge => ({ id: `${from}:${key}`, from, ...edge })),
    ),
  };
}

function nodeOf(id: string, state: BlueprintState): GraphNode {
  const node: GraphNode = { id, type: state.type, start: state.start ?? false, label: id };
  const detail = detailOf(state);
  if (detail) node.detail = detail;
  if (state.description) node.description = state.description;
  if (state.type === "end") node.outcome = state.outcome;
  return node;
}

function detailOf(state: BlueprintState): string | undefined {
  switch (state.type) {
    case "task":
      return state.task_type;
    case "parallel":
      return state.task ? `${state.task.task_type} × each` : branchesOf(state.tasks ?? []);
    case "child":
      return state.blueprint;
    case "wait":
      return state.signal ?? state.until ?? (state.seconds === undefined ? undefined : `${state.seconds} s`);
    case "approval":
      return (state.quorum ?? 1) > 1 ? `${state.quorum} approvals` : undefined;
    case "handler":
      return state.cases && state.cases.length > 0 ? `${state.cases.length + 1} variants` : undefined;
    default:
      return undefined;
  }
}

function branchesOf(tasks: { task_type: string }[]): string {
  const types = [...new Set(tasks.map((task) => task.task_type))];
  return types.length === 1 ? `${types[0]} × ${tasks.length}` : `${tasks.length} tasks`;
}
