import type { JobChange } from "./change";
import { enter } from "./enter";
import { handlerFailed } from "./handler-failure";
import { takeReturn } from "./perform-action";
import type { IgnoredReason, Signal } from "./signal";

/** A handler came back with its action; accepted while the job is still in the entry that ran it. */
export function onHandlerReturned(
  change: JobChange,
  signal: Extract<Signal, { kind: "handler_returned" }>,
): IgnoredReason | null {
  if (!isRunning(change, signal.entry)) return "not_waiting";
  const next = takeReturn(change, signal);
  if (next) enter(change, next.state, next.via);
  return null;
}

export function onHandlerFailed(
  change: JobChange,
  signal: Extract<Signal, { kind: "handler_failed" }>,
): IgnoredReason | null {
  if (!isRunning(change, signal.entry)) return "not_waiting";
  handlerFailed(change, signal.message);
  return null;
}

/** A run that is over and waits for its next attempt says nothing more. */
function isRunning({ job }: JobChange, entry: number): boolean {
  return job.entry === entry && job.timers.get("handler")?.kind === "handler";
}
