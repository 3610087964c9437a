import type { CompiledBlueprint } from "./blueprint/compile";
import { JobChange, type JobToMake, type Surroundings } from "./change";
import type { Decision } from "./decision";
import { newJob } from "./draft";
import { enter } from "./enter";
import type { Job } from "./job";
import { createdBy, type JobSettings } from "./job-settings";
import { onChildEnded } from "./on-child";
import { childReport } from "./report-to-parent";

/** The first change of a job: from its start state (or `at`) to the first thing it awaits. */
export function begin(
  blueprint: CompiledBlueprint,
  job: Job,
  settings: JobSettings,
  around: Surroundings,
  at?: JobToMake["at"],
): Decision {
  const change = new JobChange(job, blueprint, around);
  change.emit("job_created", createdBy(settings));
  if (at) {
    if (Object.keys(at.stateHistory).length > 0) change.emit("context_set", { set: at.stateHistory });
    enter(change, at.state, { from: settings.forkedFrom?.state ?? at.state, on: "fork" });
  } else enter(change, blueprint.start);
  makeJobs(change);
  const { events, made } = change;
  return { job: change.job, events, made, verdicts: [{ applied: true }] };
}

/**
 * Begins the jobs that a change asks for, in the same decision: they are written by the same statement. A child that
 * ends at once is told to its parent at once.
 */
export function makeJobs(change: JobChange): void {
  for (let next = change.toMake.shift(); next; next = change.toMake.shift()) {
    const { id, blueprint, input, settings, at } = next;
    const before = newJob({ id, clientId: change.before.clientId, blueprintId: blueprint.id, input });
    const { job, events, made } = begin(blueprint.compiled, before, settings, change.around, at);
    change.made.push({ blueprint, before, job, events }, ...made);
    const report = childReport(before, job);
    if (report?.jobId === change.job.id) onChildEnded(change, report);
  }
}
