import type { BlueprintProblem } from "./problem";

/** More than these help nobody, and a hostile document could have millions. */
const MAX_PROBLEMS = 500;

/** Gathers the faults of one document. */
export class ProblemList {
  readonly all: BlueprintProblem[] = [];

  constructor(private readonly blueprint: string) {}

  add(problem: Omit<BlueprintProblem, "blueprint">): void {
    if (this.all.length < MAX_PROBLEMS) this.all.push({ blueprint: this.blueprint, ...problem });
  }

  inState(state: string, problem: Omit<BlueprintProblem, "blueprint" | "state">): void {
    this.add({ state, ...problem });
  }
}
