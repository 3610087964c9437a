import type { EnteredVia } from "@/lib/job-event";
import type { JsonObject } from "@/lib/json";
import { askApproval, dispatchTask, fanOut } from "./ask";
import { askChild } from "./ask-child";
import { askWait } from "./ask-wait";
import type { CompiledState } from "./blueprint/compile";
import type { JobChange } from "./change";
import { complete, fail } from "./end";
import { evaluateCondition } from "./expression/evaluate";
import { evaluateTemplate } from "./expression/template";
import { orFailure } from "./expression-failure";
import { runInline } from "./inline-handler";
import { scopeOf } from "./scope";

/**
 * Enters a state and goes on for as long as nothing outside is needed: choice, set and end chain; the others leave the
 * job waiting. A paused job enters the state and does nothing there until it goes on.
 */
export function enter(change: JobChange, target: string, via?: EnteredVia): void {
  let next: { state: string; via?: EnteredVia } | null = { state: target, via };
  while (next) {
    const limit = change.blueprint.maxTransitions;
    if (change.job.transitions >= limit) {
      const message = `The job entered ${limit} states, its limit; a loop is likely. Raise max_transitions if it is meant.`;
      fail(change, "MAX_TRANSITIONS", message, { status: "error" });
      return;
    }
    const state = change.blueprint.states.get(next.state);
    if (!state) {
      fail(change, "UNKNOWN_STATE", `The blueprint has no state '${next.state}'.`, { status: "error" });
      return;
    }
    change.emit("state_entered", next.via ? { state: next.state, via: next.via } : { state: next.state });
    if (change.job.paused) return;
    next = perform(change, state);
  }
}

/** Does what entering the current state left undone, when a paused job goes on. */
export function resumeState(change: JobChange): void {
  const state = change.blueprint.states.get(change.job.state);
  const next = state && perform(change, state);
  if (next) enter(change, next.state, next.via);
}

/** Does what a state does on entry; returns the state that follows at once, if any. */
function perform(change: JobChange, state: CompiledState): { state: string; via: EnteredVia } | null {
  return orFailure(change, () => {
    switch (state.type) {
      case "choice":
        return choose(change, state);
      case "set": {
        const values = evaluateTemplate(state.values, scopeOf(change.job, change.around)) as JsonObject;
        change.emit("context_set", { set: values });
        return { state: state.to, via: { from: change.job.state, on: "next" } };
      }
      case "task":
        dispatchTask(change, state);
        return null;
      case "parallel":
        return fanOut(change, state);
      case "approval":
        askApproval(change, state);
        return null;
      case "handler":
        return state.inline ? runInline(change, state) : null;
      case "child": {
        const input = evaluateTemplate(state.input, scopeOf(change.job, change.around)) as JsonObject;
        return askChild(change, state.blueprint, input, state.transitions);
      }
      case "wait":
        askWait(change, state);
        return null;
      case "end":
        if (state.handler === null) complete(change, state);
        return null;
    }
  });
}

function choose(change: JobChange, state: Extract<CompiledState, { type: "choice" }>) {
  const scope = scopeOf(change.job, change.around);
  const evaluated: NonNullable<EnteredVia["cases"]> = [];
  for (const [index, one] of state.cases.entries()) {
    const { result, values, error } = evaluateCondition(one.when, scope);
    evaluated.push({ when: one.when.text, to: one.to, result, values, ...(error === undefined ? {} : { error }) });
    if (result) {
      return {
        state: one.to,
        via: { from: change.job.state, on: `case:${index}`, when: one.when.text, cases: evaluated },
      };
    }
  }
  if (state.default !== null) {
    return { state: state.default, via: { from: change.job.state, on: "default", cases: evaluated } };
  }
  fail(change, "NO_CASE", `No case of '${change.job.state}' was true and it has no default.`);
  return null;
}
