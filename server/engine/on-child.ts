import type { JobChange } from "./change";
import { fail } from "./end";
import { follow } from "./follow";
import type { ChildReport, IgnoredReason } from "./signal";

/** A child ended, in whatever way, or stands in quarantine: for that a parent goes on waiting unless it declares it. */
export function onChildEnded(change: JobChange, report: ChildReport): IgnoredReason | null {
  const { child, state } = change.job;
  if (!child || child.id !== report.child) return "not_waiting";
  const transitions = childTransitions(change);
  const outcome = outcomeOf(report, transitions);
  if (outcome === null) return "not_waiting";
  const error = outcome === "success" ? undefined : (report.error ?? endedAs(child.blueprint, report.status));
  const { status, result } = report;
  change.emit("child_ended", { n: child.no, child: child.id, status, outcome, result, error });
  const target = transitions[outcome];
  if (target !== undefined) follow(change, outcome, target);
  else if (error) fail(change, "CHILD_FAILED", `The child '${child.blueprint}' of '${state}' failed: ${error.message}`);
  else fail(change, "UNHANDLED_OUTCOME", `'${state}' has no transition for a child that succeeds.`);
  return null;
}

/** Where the outcomes of the job's child lead. */
export function childTransitions({ job, blueprint }: JobChange): Readonly<Record<string, string>> {
  if (job.action?.type === "run_blueprint") return job.action.transitions;
  const state = blueprint.states.get(job.state);
  return state?.type === "child" ? state.transitions : {};
}

/** The word that leads on; null to go on waiting. */
function outcomeOf({ status }: ChildReport, transitions: Readonly<Record<string, string>>): string | null {
  if (status === "finished") return "success";
  if (status === "quarantined") return transitions.quarantined === undefined ? null : "quarantined";
  return status === "cancelled" && transitions.cancelled !== undefined ? "cancelled" : "failure";
}

function endedAs(blueprint: string, status: string) {
  return { code: "CHILD_FAILED", message: `The child job of '${blueprint}' ended as ${status}.` };
}
