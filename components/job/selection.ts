import { type JobView, type StepView, stepIdOf } from "@/lib/job-view";

export const VIEWS = ["graph", "timeline", "steps", "events"] as const;
export type JobViewName = (typeof VIEWS)[number];

export const STEP_TABS = ["overview", "input", "output", "events"] as const;
export type StepTab = (typeof STEP_TABS)[number];

/** What all views of the job show as chosen; lives in the address. */
export interface Selection {
  view: JobViewName;
  /** Null when the address names none: then the default counts. `""`: the whole job was asked for. */
  step: string | null;
  branch: number | null;
  tab: StepTab;
}

export function selectionOf(query: URLSearchParams): Selection {
  const branch = query.get("branch");
  return {
    view: VIEWS.find((view) => view === query.get("view")) ?? "graph",
    step: query.get("step"),
    branch: branch !== null && /^\d{1,4}$/.test(branch) ? Number(branch) : null,
    tab: STEP_TABS.find((tab) => tab === query.get("tab")) ?? "overview",
  };
}

/** The address's query for a selection; what is the default is left out, other parameters are kept. */
export function queryOf(selection: Selection, before: URLSearchParams): URLSearchParams {
  const query = new URLSearchParams(before);
  const put = (name: string, value: string | null) => {
    // Taken out first, so that the same selection always gives the same address.
    query.delete(name);
    if (value !== null) query.set(name, value);
  };
  put("view", selection.view === "graph" ? null : selection.view);
  put("step", selection.step);
  put("branch", selection.branch === null ? null : String(selection.branch));
  put("tab", selection.tab === "overview" ? null : selection.tab);
  return query;
}

/** State and visit of a step's id, `<state>~<visit>`; without a visit (a state that was not reached) it is null. */
export function parseStepId(id: string): { state: string; visit: number | null } {
  const match = /^(.*)~(\d{1,7})$/.exec(id);
  return match ? { state: match[1] as string, visit: Number(match[2]) } : { state: id, visit: null };
}

/** The step that an id names, in one pass from the end; the latest visit when it names none. */
export function findStep(view: JobView, id: string): StepView | null {
  const { state, visit } = parseStepId(id);
  for (let index = view.steps.length - 1; index >= 0; index--) {
    const step = view.steps[index] as StepView;
    if (step.state === state && (visit === null || step.visit === visit)) return step;
  }
  return null;
}

/**
 * The step to show when the address names none: the first that failed, else the current one. A job that ended well or
 * was cancelled has neither: the whole job is shown, with its result.
 */
export function defaultStep(view: JobView): StepView | null {
  if (view.ended === "succeeded" || view.ended === "cancelled") return null;
  const bad = view.steps.find((step) => step.status === "failed" || step.status === "quarantined");
  return bad ?? view.steps.at(-1) ?? null;
}

/** The next step after `from` (by its entry's number) that failed; begins again at the top. */
export function nextFailure(view: JobView, from: StepView | null): string | null {
  const bad = view.steps.filter(hasFailed);
  const next = bad.find((step) => step.entry > (from?.entry ?? 0)) ?? bad[0];
  return next ? stepIdOf(next) : null;
}

function hasFailed(step: StepView): boolean {
  if (step.status === "failed" || step.status === "quarantined") return true;
  return step.tasks.some((task) => task.status === "failed");
}

/** What is chosen: a step, a state that was not reached, or nothing (the whole job). */
export interface Chosen {
  id: string | null;
  step: StepView | null;
  state: string | null;
}
