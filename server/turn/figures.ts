/** What the lanes of an engine have done since its start; counts only rise. */
export interface TurnFigures {
  /** Batches with a change, committed. */
  commits: number;
  /** Changes of jobs, committed. */
  changes: number;
  /** Changes that lost a race for their job's version and were decided again. */
  lost: number;
  /** Signals heard, and of them those that changed nothing: late, doubled or foreign. */
  signals: number;
  ignored: number;
  /** Of those the reports of attempts that were no longer current. */
  stale: number;
  /** Batches that the database did not take and that were done again. */
  retried: number;
}

export function turnFigures(): TurnFigures {
  return { commits: 0, changes: 0, lost: 0, signals: 0, ignored: 0, stale: 0, retried: 0 };
}
