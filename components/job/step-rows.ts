import { attemptCount, workersOf } from "@/components/job/step-facts";
import type { GraphNode } from "@/lib/api/graph";
import type { Actor } from "@/lib/job-event";
import type { DisplayStatus } from "@/lib/job-status";
import { type JobView, type StepView, stepIdOf } from "@/lib/job-view";

/** One row of the steps table: a visit of a state, or a state that was not reached. */
export interface StepRow {
  id: string;
  state: string;
  visit: number;
  type: GraphNode["type"] | null;
  status: DisplayStatus;
  attempts: number;
  branches: number;
  startedAt: string | null;
  endedAt: string | null;
  workers: string[];
  error: string | null;
  /** Who ended it by hand. */
  byHand: Actor | null;
  /** The job of a child state. */
  child: string | null;
}

/** Visits in the order they happened, then what was not reached in the order of the blueprint. */
export function stepRows(view: JobView, nodes: readonly GraphNode[]): StepRow[] {
  const types = new Map(nodes.map((node) => [node.id, node.type]));
  const reached = new Set(view.steps.map((step) => step.state));
  return [
    ...view.steps.map((step) => visited(step, types.get(step.state) ?? null)),
    ...nodes.filter((node) => !reached.has(node.id)).map(unreached),
  ];
}

function visited(step: StepView, type: GraphNode["type"] | null): StepRow {
  return {
    id: stepIdOf(step),
    state: step.state,
    visit: step.visit,
    type,
    status: step.status,
    attempts: attemptCount(step),
    branches: step.fanOut ? step.tasks.length : 0,
    startedAt: step.enteredAt,
    endedAt: step.endedAt,
    workers: workersOf(step),
    error: step.error ? `${step.error.code}: ${step.error.message}` : null,
    byHand: step.completedBy,
    child: step.child?.jobId ?? null,
  };
}

function unreached(node: GraphNode): StepRow {
  return {
    id: node.id,
    state: node.id,
    visit: 0,
    type: node.type,
    status: "not_reached",
    attempts: 0,
    branches: 0,
    startedAt: null,
    endedAt: null,
    workers: [],
    error: null,
    byHand: null,
    child: null,
  };
}
