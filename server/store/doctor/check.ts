/** One invariant, as the query that finds what breaks it. */
export interface Check {
  /** Unique; what people and scripts call it. */
  id: string;
  /** What holds when nothing is found. */
  says: string;
  /**
   * Selects one row `id` (text) for each violation. With `each: "jobs"` it looks at the jobs from `$1` (not included) to
   * `$2` (included) and is asked once for each stretch of jobs; with `each: "database"` it is asked once, without
   * parameters.
   */
  sql: string;
  each: "jobs" | "database";
  /** True when what it finds is a fault only while an engine runs: with none, everything that is due waits, rightly. */
  needsEngine?: boolean;
}

/** What is younger than this may still be under way. */
export const SETTLED = "interval '30 seconds'";

/** A due time that passed this long ago was overlooked. */
export const OVERDUE = "interval '60 seconds'";

/** Rows of a table that begins with the job's id, of the stretch at hand. */
export function ofStretch(column: string): string {
  return `${column} > $1 and ${column} <= $2`;
}
