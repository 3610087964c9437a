import type { CompiledBlueprint, CompiledState } from "./blueprint/compile";
import type { Job } from "./job";
import { HANDLER_GRACE_MS, HANDLER_LIMIT_MS } from "./limits";

/** True for the states whose entry runs code. */
export function runsHandler(state: CompiledState): boolean {
  return state.type === "handler" || (state.type === "end" && state.handler !== null);
}

/** How long the state's handler may run, in milliseconds. */
export function handlerLimitMs(state: CompiledState): number {
  const seconds = state.type === "handler" ? state.document.timeout_seconds : undefined;
  return seconds === undefined ? HANDLER_LIMIT_MS : Math.round(seconds * 1000);
}

/** The timer of a running handler: when it fires, nobody runs the handler any more and another engine may. */
export function startHandler(draft: Job, blueprint: CompiledBlueprint): void {
  const state = blueprint.states.get(draft.state);
  if (!state || !runsHandler(state)) return;
  draft.timers.set("handler", { kind: "handler", dueMs: handlerLimitMs(state) + HANDLER_GRACE_MS });
}
