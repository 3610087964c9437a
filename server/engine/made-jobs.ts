import type { MadeJob, Surroundings } from "./change";
import { writesOf } from "./diff";
import { labelsOf } from "./labels";
import type { NewJobWrites } from "./writes";

/** What the jobs that a decision made write, in their order: each with its first change. */
export function writesOfMade(made: MadeJob[], around: Surroundings): NewJobWrites[] {
  return made.map(({ blueprint, before, job, events }) => ({
    // Its parent decided in the same change, and knows.
    writes: { ...writesOf(before, job, events, blueprint.compiled), signals: [] },
    clientId: before.clientId,
    blueprintId: blueprint.id,
    input: before.input,
    labels: labelsOf(before, blueprint.compiled, around),
    parent: job.parent,
  }));
}
