import type { EnteredVia } from "@/lib/job-event";
import type { CompiledState } from "./blueprint/compile";
import type { HandlerInput } from "./blueprint/handler";
import type { Surroundings } from "./change";
import { evaluateCondition } from "./expression/evaluate";
import type { Job } from "./job";
import { aggregationResults, clientOf, scopeOf } from "./scope";

/** The handler that a state runs, and the conditions of the variants that were read to choose it. */
export interface ChosenHandler {
  name: string;
  cases: NonNullable<EnteredVia["cases"]>;
}

/** The first variant whose condition is true, else the state's own handler; null for a state without code. */
export function chooseHandler(job: Job, state: CompiledState, around: Pick<Surroundings, "now">): ChosenHandler | null {
  if (state.type === "end") return state.handler === null ? null : { name: state.handler, cases: [] };
  if (state.type !== "handler") return null;
  const scope = scopeOf(job, around);
  const cases: ChosenHandler["cases"] = [];
  for (const { when, handler } of state.cases) {
    const { result, values, error } = evaluateCondition(when, scope);
    cases.push({ when: when.text, to: handler, result, values, ...(error === undefined ? {} : { error }) });
    if (result) return { name: handler, cases };
  }
  return { name: state.handler, cases };
}

/** What a handler may know of its job. */
export function handlerInput(job: Job): HandlerInput {
  return {
    jobId: job.id,
    entry: job.entry,
    initialData: job.input,
    stateHistory: job.stateHistory,
    aggregationResults: aggregationResults(job),
    aggregationList: job.aggregation ?? [],
    client: clientOf(job),
    error: job.error && { ...job.error },
  };
}
