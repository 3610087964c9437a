import type { EnteredVia } from "@/lib/job-event";
import type { CompiledState } from "./blueprint/compile";
import { runInlineHandler } from "./blueprint/run-handler";
import type { JobChange } from "./change";
import { chooseHandler, handlerInput } from "./handler-choice";
import { handlerFailed } from "./handler-failure";
import { takeReturn } from "./perform-action";

/** A handler that promises to be pure and quick runs inside the decision and chains like a choice. */
export function runInline(change: JobChange, state: CompiledState): { state: string; via: EnteredVia } | null {
  const chosen = chooseHandler(change.job, state, change.around);
  if (!chosen) return null;
  const { name: handler, cases } = chosen;
  const run = runInlineHandler(change.blueprint, state.name, handler, handlerInput(change.job));
  if (run.error) {
    handlerFailed(change, run.error.message);
    return null;
  }
  const revision = change.blueprint.hash.slice(0, 12);
  return takeReturn(change, { action: run.action, ...run.patch, events: run.events, handler, cases, revision });
}
