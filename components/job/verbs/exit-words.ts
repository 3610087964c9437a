import { type HandlerAction, targetsOf } from "@/lib/blueprint/action";
import type { BlueprintState } from "@/lib/blueprint/document";
import { edgesOf } from "@/lib/blueprint/edges";
import type { EventData, HistoryEvent } from "@/lib/job-event";

/** A word that leads out of a state, and where to. */
export interface Exit {
  word: string;
  to: string;
}

/** The words by which a step can be ended: those of the action that its handler returned, else those of its state. */
export function exitWords(
  state: BlueprintState | undefined,
  events: readonly HistoryEvent[],
  entry: number,
): readonly Exit[] {
  const action = lastAction(events, entry);
  if (action) return exitsOfAction(action);
  if (!state || state.type === "choice" || state.type === "set" || state.type === "end") return [];
  if (state.type === "handler") return state.to.map((to) => ({ word: to, to }));
  return edgesOf(state).map(({ on, to }) => ({ word: on, to }));
}

/** What the handler of the step entered by the event `entry` decided, if it has come back. */
function lastAction(events: readonly HistoryEvent[], entry: number): HandlerAction | null {
  const returned = events.findLast(({ event_type: type, seq }) => type === "handler_returned" && seq > entry);
  return returned ? (returned.data as unknown as EventData["handler_returned"]).action : null;
}

function exitsOfAction(action: HandlerAction): Exit[] {
  const named = (words: Record<string, string | undefined>): Exit[] =>
    Object.entries(words).flatMap(([word, to]) => (to === undefined ? [] : [{ word, to }]));
  switch (action.type) {
    case "transition_to":
      return targetsOf(action).map((to) => ({ word: "next", to }));
    case "dispatch_parallel":
      return named({ aggregate: action.aggregate_into, failure: action.transitions?.failure });
    case "wait_for":
      return named({ next: action.to, ...action.transitions });
    default:
      return named(action.transitions);
  }
}
