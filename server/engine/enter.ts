import type { EnteredVia } from "@/lib/job-event";
import type { JsonObject, JsonValue } from "@/lib/json";
import { askApproval, dispatchTask, fanOut } from "./ask";
import type { CompiledState } from "./blueprint/compile";
import type { JobChange } from "./change";
import { complete, fail } from "./end";
import { evaluateCondition } from "./expression/evaluate";
import { ExpressionError } from "./expression/expression-error";
import { evaluateTemplate } from "./expression/template";
import { runInline } from "./inline-handler";
import { scopeOf } from "./scope";

/**
 * Enters a state and goes on for as long as nothing outside is needed: choice, set and end chain; task, parallel,
 * approval and handler states leave the job waiting.
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
    next = perform(change, state);
  }
}

/** Does what a state does on entry; returns the state that follows at once, if any. */
function perform(change: JobChange, state: CompiledState): { state: string; via: EnteredVia } | null {
  try {
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
      case "end":
        if (state.handler === null) complete(change, state);
        return null;
      default:
        fail(change, "UNSUPPORTED_STATE", `This version of the engine does not run states of type '${state.type}'.`, {
          status: "error",
        });
        return null;
    }
  } catch (error) {
    if (!(error instanceof ExpressionError)) throw error;
    return expressionFailed(change, state, error);
  }
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

/** A declared failure transition is followed; else the job fails, naming key and expression. */
function expressionFailed(change: JobChange, state: CompiledState, error: ExpressionError) {
  const where = [change.job.state, error.path].filter(Boolean).join(".");
  const message = `${where}: ${error.message}${error.expression ? ` (in ${error.expression})` : ""}`;
  const transitions = (state.document as { transitions?: Record<string, JsonValue> }).transitions;
  const failure = transitions?.failure;
  if (typeof failure === "string") {
    return { state: failure, via: { from: change.job.state, on: "failure" } };
  }
  fail(change, "EXPRESSION_ERROR", message);
  return null;
}
