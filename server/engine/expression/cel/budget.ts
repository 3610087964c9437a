/**
 * Bounds the work of one evaluation by what it reads: expressions have no loops but `map` and `filter`, yet a short one
 * can still compare long lists a thousand times. Evaluation is synchronous, so one counter serves the process.
 */
const MAX_STEPS = 2_000_000;

let stepsLeft = MAX_STEPS;

export function startBudget(): void {
  stepsLeft = MAX_STEPS;
}

/** Pays for `steps` elements (or blocks of text); throws when an evaluation has read too much. */
export function charge(steps: number): void {
  stepsLeft -= steps;
  if (stepsLeft < 0) throw new RangeError("the expression reads too much data");
}
