import { nearest } from "./did-you-mean";
import type { BlueprintProblem } from "./problem";

/** More than these help nobody, and a hostile document could have millions. */
const MAX_PROBLEMS = 500;
const MAX_SUGGESTIONS = 50;

/** Gathers the faults of one document. */
export class ProblemList {
  readonly all: BlueprintProblem[] = [];

  constructor(private readonly blueprint: string) {}

  /**
   * The candidate other than `except` that was probably meant; only for the first faults, since the search looks at every
   * name.
   */
  meant(word: string, candidates: readonly string[], except?: string): string | undefined {
    if (this.all.length >= MAX_SUGGESTIONS) return undefined;
    return nearest(
      word,
      candidates.filter((candidate) => candidate !== except),
    );
  }

  add(problem: Omit<BlueprintProblem, "blueprint">): void {
    if (this.all.length < MAX_PROBLEMS) this.all.push({ blueprint: this.blueprint, ...problem });
  }

  inState(state: string, problem: Omit<BlueprintProblem, "blueprint" | "state">): void {
    this.add({ state, ...problem });
  }
}
