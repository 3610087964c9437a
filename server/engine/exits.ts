import type { HandlerAction } from "@/lib/blueprint/action";
import { edgesOf } from "@/lib/blueprint/edges";
import type { CompiledBlueprint } from "./blueprint/compile";
import type { Job } from "./job";

/**
 * The words that lead out of the job's current state, and where to: its transitions, `next` for the only way on,
 * `aggregate` for a fan-out; a handler that has not come back may be ended towards each of its targets, by name.
 */
export function exitsOf(job: Job, blueprint: CompiledBlueprint): Record<string, string> {
  if (job.action) return exitsOfAction(job.action);
  const state = blueprint.states.get(job.state);
  if (!state || state.type === "choice" || state.type === "set" || state.type === "end") return {};
  if (state.type === "handler") return Object.fromEntries([...state.to].map((to) => [to, to]));
  return Object.fromEntries(edgesOf(state.document).map(({ on, to }) => [on, to]));
}

function exitsOfAction(action: HandlerAction): Record<string, string> {
  switch (action.type) {
    case "transition_to":
      return { next: action.to };
    case "dispatch_task":
    case "await_human_approval":
    case "run_blueprint":
      return { ...action.transitions };
    case "dispatch_parallel":
      return given({ aggregate: action.aggregate_into, failure: action.transitions?.failure });
    case "wait_for":
      return given({ next: action.to, ...action.transitions });
  }
}

function given(exits: Record<string, string | undefined>): Record<string, string> {
  return Object.fromEntries(Object.entries(exits).filter((entry): entry is [string, string] => entry[1] !== undefined));
}
