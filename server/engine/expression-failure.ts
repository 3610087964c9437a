import type { EnteredVia } from "@/lib/job-event";
import type { JobChange } from "./change";
import { fail } from "./end";
import { ExpressionError } from "./expression/expression-error";

type Next = { state: string; via: EnteredVia } | null;

/** Does a step; when one of its values can't be computed, the declared failure transition is followed, else the job fails. */
export function orFailure(change: JobChange, step: () => Next): Next {
  try {
    return step();
  } catch (error) {
    if (!(error instanceof ExpressionError)) throw error;
    return expressionFailed(change, error);
  }
}

function expressionFailed(change: JobChange, error: ExpressionError): Next {
  const from = change.job.state;
  const where = [from, error.path].filter(Boolean).join(".");
  const message = `${where}: ${error.message}${error.expression ? ` (in ${error.expression})` : ""}`;
  const { action } = change.job;
  const state = action ?? change.blueprint.states.get(from)?.document;
  const failure = state && "transitions" in state && (state.transitions as { failure?: string } | undefined)?.failure;
  if (failure) return { state: failure, via: { from, on: "failure" } };
  fail(change, "EXPRESSION_ERROR", message);
  return null;
}
