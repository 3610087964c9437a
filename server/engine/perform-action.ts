import type { HandlerAction } from "@/lib/blueprint/action";
import type { EnteredVia } from "@/lib/job-event";
import { dispatch, openApproval, openBranches } from "./ask";
import { askChild } from "./ask-child";
import { askWaitFor } from "./ask-wait";
import type { JobChange } from "./change";
import { complete, fail } from "./end";
import { orFailure } from "./expression-failure";
import type { Signal } from "./signal";

type Returned = Pick<
  Extract<Signal, { kind: "handler_returned" }>,
  "action" | "set" | "unset" | "input" | "events" | "handler" | "cases" | "revision"
>;

/** Takes what a handler brought back into the job; returns the state that follows at once, if any. */
export function takeReturn(change: JobChange, returned: Returned): { state: string; via: EnteredVia } | null {
  const { action, set, unset, input, events = [], handler, cases, revision } = returned;
  if (Object.keys(set).length > 0 || unset.length > 0) {
    change.emit("context_set", { set, ...(unset.length > 0 ? { unset } : {}), ...(input ? { input } : {}) });
  }
  for (const { event_type, payload } of events) change.emit("worker_event", { event_type, payload });
  const read = cases && cases.length > 0 ? cases : undefined;
  change.emit("handler_returned", { entry: change.job.entry, action, handler, cases: read, revision });
  return change.job.paused ? null : actOnReturn(change);
}

/** Does what the current entry's handler returned. */
export function actOnReturn(change: JobChange): { state: string; via: EnteredVia } | null {
  const { action } = change.job;
  if (action) return orFailure(change, () => performAction(change, action));
  const state = change.blueprint.states.get(change.job.state);
  if (state?.type === "end") complete(change, state);
  else fail(change, "NO_ACTION", `The handler of '${change.job.state}' returned no action.`, { status: "error" });
  return null;
}

function performAction(change: JobChange, action: HandlerAction): { state: string; via: EnteredVia } | null {
  switch (action.type) {
    case "transition_to":
      return { state: action.to, via: { from: change.job.state, on: "next" } };
    case "dispatch_task":
      dispatch(change, action.task_type, action.params ?? {});
      return null;
    case "dispatch_parallel": {
      const branches = action.tasks.map((spec) => ({ type: spec.task_type, params: spec.params ?? {} }));
      const { aggregate_into: aggregateInto, concurrency, tolerate_failures: tolerate = 0 } = action;
      return openBranches(change, branches, { aggregateInto, concurrency, tolerate });
    }
    case "await_human_approval":
      openApproval(change, action, action.message);
      return null;
    case "run_blueprint":
      return askChild(change, action.blueprint, action.input, action.transitions);
    case "wait_for":
      askWaitFor(change, action);
      return null;
  }
}
