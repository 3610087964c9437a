import type { GraphNode, LaidOutGraph } from "@/lib/api/graph";
import type { JobOverlay, NodeOverlay } from "@/lib/graph/job-overlay";
import { type DisplayStatus, JOB_STATUS } from "@/lib/job-status";
import { branchCounts, type StepView } from "@/lib/job-view";

/** All that a drawn state shows, in primitives only: two nodes with equal facts look the same. */
export interface StateFacts extends Record<string, string | number | boolean | null> {
  name: string;
  type: GraphNode["type"];
  detail: string | null;
  outcome: GraphNode["outcome"];
  start: boolean;
  tall: boolean;
  selected: boolean;
  /** Null on a blueprint without a job. */
  status: DisplayStatus | null;
  /** Not reached, and it never will be: the job left by other edges. */
  passedOver: boolean;
  startedAt: string | null;
  endedAt: string | null;
  attempt: number;
  visits: number;
  /** Branches of a fan-out; 0 for other states. */
  branches: number;
  succeeded: number;
  failed: number;
  running: number;
  votes: number;
  quorum: number;
  /** What a wait that is open waits for. */
  waitSignal: string | null;
  waitUntil: string | null;
  /** How the child of a child state stands; null while that is not told. */
  child: DisplayStatus | null;
}

/** The facts of one state; `node` is missing on a blueprint without a job. */
export function factsOf(
  state: GraphNode,
  node: NodeOverlay | undefined,
  selected: boolean,
  passedOver: boolean,
): StateFacts {
  const step = node?.step ?? null;
  const counts = step?.fanOut ? branchCounts(step) : {};
  const open = step !== null && step.endedAt === null;
  return {
    name: state.label,
    type: state.type,
    detail: state.detail,
    outcome: state.outcome,
    start: state.start,
    tall: state.fan_out,
    selected,
    status: node?.status ?? null,
    passedOver,
    startedAt: step?.enteredAt ?? null,
    endedAt: step?.endedAt ?? null,
    attempt: attemptOf(step),
    visits: node?.visits ?? 0,
    branches: step?.fanOut ? step.tasks.length : 0,
    succeeded: counts.succeeded ?? 0,
    failed: counts.failed ?? 0,
    running: (counts.running ?? 0) + (counts.retrying ?? 0),
    votes: step?.approval?.votes.length ?? 0,
    quorum: step?.approval?.quorum ?? 0,
    waitSignal: open ? (step?.wait?.signal ?? null) : null,
    waitUntil: open ? (step?.wait?.dueAt ?? null) : null,
    child: childOf(step),
  };
}

/** A child that goes on is `running`, whatever it does at the moment. */
function childOf(step: StepView | null): DisplayStatus | null {
  if (!step?.child) return null;
  const { status } = step.child;
  return status === null ? "running" : JOB_STATUS[status].display;
}

function attemptOf(step: StepView | null): number {
  if (!step || step.fanOut) return 0;
  return step.tasks[0]?.attempts.at(-1)?.attempt ?? 0;
}

/** States that were not reached and whose every incoming edge was passed over. */
export function passedOverStates(graph: LaidOutGraph, overlay: JobOverlay, ended: boolean): Set<string> {
  const open = new Set<string>();
  const closed = new Set<string>();
  for (const edge of graph.edges) {
    const state = overlay.edges.get(edge.id)?.state;
    (state === "untaken" ? closed : open).add(edge.to);
  }
  const passed = graph.nodes.filter(({ id }) => overlay.nodes.get(id)?.status === "not_reached");
  return new Set(passed.filter(({ id }) => ended || (closed.has(id) && !open.has(id))).map(({ id }) => id));
}
