import type { CompiledState } from "./blueprint/compile";
import { HANDLER_LIMIT_MS } from "./limits";

/** True for the states whose entry runs code. */
export function runsHandler(state: CompiledState): boolean {
  return state.type === "handler" || (state.type === "end" && state.handler !== null);
}

/** How long the state's handler may run, in milliseconds. */
export function handlerLimitMs(state: CompiledState): number {
  const seconds = state.type === "handler" ? state.document.timeout_seconds : undefined;
  return seconds === undefined ? HANDLER_LIMIT_MS : Math.round(seconds * 1000);
}
