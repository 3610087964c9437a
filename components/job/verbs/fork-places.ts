import type { JobView } from "@/lib/job-view";

/** Where a fork may begin: a visit of a state, or a state that the job never came to (`seq` and `visit` null). */
export interface ForkPlace {
  state: string;
  /** The event that entered it. */
  seq: number | null;
  visit: number | null;
  /** Of the state, in all. */
  visits: number;
}

/** The most recent visits that are offered; a job may have thousands. */
const MOST_VISITS = 200;

/** Visits in the order they happened, then the states that were not reached. */
export function forkPlaces(view: JobView, states: readonly string[]): ForkPlace[] {
  const visits = new Map(view.steps.map(({ state, visit }) => [state, visit]));
  return [
    ...view.steps
      .slice(-MOST_VISITS)
      .map(({ state, visit, entry }) => ({ state, visit, seq: entry, visits: visits.get(state) ?? 1 })),
    ...states.filter((state) => !visits.has(state)).map((state) => ({ state, seq: null, visit: null, visits: 0 })),
  ];
}
