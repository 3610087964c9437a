import type { HandlerAction } from "@/lib/blueprint/action";
import { dispatch, openApproval, openBranches } from "./ask";
import { backoffMs } from "./backoff";
import type { JobChange } from "./change";
import { complete, fail, quarantine } from "./end";
import { enter } from "./enter";
import { follow } from "./follow";
import { MAX_HANDLER_FAILURES } from "./limits";
import type { IgnoredReason, Signal } from "./signal";

/** A handler came back with its action; accepted while the job is still in the entry that ran it. */
export function onHandlerReturned(
  change: JobChange,
  signal: Extract<Signal, { kind: "handler_returned" }>,
): IgnoredReason | null {
  if (change.job.entry !== signal.entry || !change.job.timers.has("handler")) return "not_waiting";
  if (Object.keys(signal.set).length > 0 || signal.unset.length > 0) {
    change.emit("context_set", { set: signal.set, ...(signal.unset.length > 0 ? { unset: signal.unset } : {}) });
  }
  const { entry, action, revision } = signal;
  change.emit("handler_returned", { entry, action, revision });
  if (action) perform(change, action);
  else {
    const state = change.blueprint.states.get(change.job.state);
    if (state?.type === "end") complete(change, state);
    else fail(change, "NO_ACTION", `The handler of '${change.job.state}' returned no action.`, { status: "error" });
  }
  return null;
}

function perform(change: JobChange, action: HandlerAction): void {
  switch (action.type) {
    case "transition_to":
      follow(change, "next", action.to);
      return;
    case "dispatch_task":
      dispatch(change, action.task_type, action.params ?? {});
      return;
    case "dispatch_parallel": {
      const branches = action.tasks.map((spec) => ({ type: spec.task_type, params: spec.params ?? {} }));
      const { aggregate_into: aggregateInto, concurrency, tolerate_failures: tolerate = 0 } = action;
      const next = openBranches(change, branches, { aggregateInto, concurrency, tolerate });
      if (next) enter(change, next.state, next.via);
      return;
    }
    case "await_human_approval":
      openApproval(change, action, action.message);
      return;
    default: {
      const message = `This version of the engine does not run the action '${action.type}' of '${change.job.state}'.`;
      fail(change, "UNSUPPORTED_ACTION", message, { status: "error" });
    }
  }
}

/** A handler threw, ran out of time, or its engine died: again after a backoff, then quarantine. */
export function onHandlerFailed(
  change: JobChange,
  signal: Extract<Signal, { kind: "handler_failed" }>,
): IgnoredReason | null {
  if (change.job.entry !== signal.entry || !change.job.timers.has("handler")) return "not_waiting";
  const attempt = change.job.handlerFailures + 1;
  const state = change.blueprint.document.states[change.job.state];
  const retry = state?.type === "handler" ? state.retry : undefined;
  const message = signal.message.slice(0, 4000);
  const again = attempt < (retry?.max_attempts ?? MAX_HANDLER_FAILURES);
  const retryInMs = again ? backoffMs(retry, attempt, change.around.random) : undefined;
  change.emit("handler_failed", { entry: signal.entry, attempt, message, retry_in_ms: retryInMs });
  if (!again) quarantine(change, "HANDLER_ERROR", `The handler of '${change.job.state}' failed: ${message}`);
  return null;
}
