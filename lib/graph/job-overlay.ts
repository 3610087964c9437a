import type { DisplayStatus } from "@/lib/job-status";
import type { EdgeTaken, JobView, StepView } from "@/lib/job-view";
import type { JsonValue } from "@/lib/json";

/** What a job adds to a node of its blueprint's graph. */
export interface NodeOverlay {
  status: DisplayStatus;
  /** The latest visit; null when not reached. */
  step: StepView | null;
  visits: number;
}

/** `taken` by the job, passed over (`untaken`) when it left the state another way, or still `ahead`. */
export type EdgeState = "taken" | "untaken" | "ahead";

export interface EdgeOverlay {
  state: EdgeState;
  times: number;
  /** The condition as it was last evaluated, with the values that it read. */
  condition: { when: string; result: boolean; values: Record<string, JsonValue>; error: string | null } | null;
}

export interface JobOverlay {
  nodes: Map<string, NodeOverlay>;
  edges: Map<string, EdgeOverlay>;
}

interface Structure {
  nodes: { id: string }[];
  edges: { id: string; from: string; to: string; on: string }[];
}

/** The second pass of drawing a job: status over a structure that never changes. Pure; linear in steps and edges. */
export function jobOverlay(graph: Structure, view: JobView): JobOverlay {
  // A job that stopped in a state has not left it: it may be retried from there.
  const current = view.steps.at(-1);
  const latest = new Map<string, StepView>();
  for (const step of view.steps) latest.set(step.state, step);
  const nodes = new Map<string, NodeOverlay>();
  for (const { id } of graph.nodes) {
    const step = latest.get(id) ?? null;
    const held = view.paused !== null && step !== null && step === current && step.endedAt === null;
    const status = held ? "paused" : (step?.status ?? "not_reached");
    nodes.set(id, { status, step, visits: step?.visit ?? 0 });
  }
  const taken = countTaken(graph, view.edges);
  const edges = new Map<string, EdgeOverlay>();
  for (const edge of graph.edges) {
    const times = taken.get(edge.id) ?? 0;
    const step = latest.get(edge.from);
    const left = step !== undefined && step.endedAt !== null && step !== current;
    edges.set(edge.id, {
      state: times > 0 ? "taken" : left ? "untaken" : "ahead",
      times,
      condition: conditionOf(edge, view),
    });
  }
  return { nodes, edges };
}

/** An edge is named by from, on and to; a handler's outcomes are not in the document, there from and to must do. */
function countTaken(graph: Structure, taken: EdgeTaken[]): Map<string, number> {
  const exact = new Map(graph.edges.map((edge) => [`${edge.from}\n${edge.on}\n${edge.to}`, edge.id]));
  const loose = new Map(graph.edges.map((edge) => [`${edge.from}\n${edge.to}`, edge.id]));
  const counts = new Map<string, number>();
  for (const { from, to, on } of taken) {
    const id = exact.get(`${from}\n${on}\n${to}`) ?? loose.get(`${from}\n${to}`);
    if (id !== undefined) counts.set(id, (counts.get(id) ?? 0) + 1);
  }
  return counts;
}

function conditionOf(edge: Structure["edges"][number], view: JobView): EdgeOverlay["condition"] {
  if (!edge.on.startsWith("case:")) return null;
  const evaluated = view.cases[edge.from]?.[Number(edge.on.slice("case:".length))];
  if (!evaluated) return null;
  const { when, result, values, error } = evaluated;
  return { when, result, values, error: error ?? null };
}
