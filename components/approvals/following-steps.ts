import type { BlueprintDocument, BlueprintState, EndOutcome, StateType } from "@/lib/blueprint/document";
import { edgesOf, type StateEdge } from "@/lib/blueprint/edges";

/** A state that comes after a decision. */
export interface FollowingStep {
  state: string;
  type: StateType;
  description: string | null;
  /** The task type, the child's blueprint. */
  detail: string | null;
  outcome: EndOutcome | null;
  /** Set where the way parts: the states it may go to from here. */
  oneOf: string[];
}

const MOST_STEPS = 8;

/** The way from a decision on, as far as the document alone says it: to an end, a parting, or another approval. */
export function followingSteps(document: BlueprintDocument, state: string, decision: string): FollowingStep[] {
  const from = document.states[state];
  let next = from?.type === "approval" ? from.transitions[decision] : undefined;
  const steps: FollowingStep[] = [];
  const seen = new Set<string>();
  while (next !== undefined && steps.length < MOST_STEPS && !seen.has(next)) {
    const current: BlueprintState | undefined = document.states[next];
    if (!current) break;
    seen.add(next);
    const onward = current.type === "approval" ? [] : wellGoing(current);
    const parts = onward.length > 1;
    steps.push({ ...stepOf(next, current), oneOf: parts ? [...new Set(onward.map((edge) => edge.to))] : [] });
    next = parts ? undefined : onward[0]?.to;
  }
  return steps;
}

/** The edges that are followed when nothing goes wrong. */
function wellGoing(state: BlueprintState): StateEdge[] {
  const edges = edgesOf(state);
  const good = edges.filter((edge) => edge.kind !== "failure" && edge.kind !== "event");
  return good.length > 0 ? good : edges;
}

function stepOf(name: string, state: BlueprintState): Omit<FollowingStep, "oneOf"> {
  return {
    state: name,
    type: state.type,
    description: state.description ?? null,
    detail: state.type === "task" ? state.task_type : state.type === "child" ? state.blueprint : null,
    outcome: state.type === "end" ? state.outcome : null,
  };
}
