import type { CompiledBlueprint } from "./blueprint/compile";
import type { Job } from "./job";

/** Where the decisions of the job's current approval lead. */
export function approvalPolicy(
  job: Job,
  blueprint: CompiledBlueprint,
): { transitions: Readonly<Record<string, string>>; quorumRejected: number } {
  if (job.action?.type === "await_human_approval") {
    return { transitions: job.action.transitions, quorumRejected: job.action.quorum_rejected ?? 1 };
  }
  const state = blueprint.states.get(job.state);
  return state?.type === "approval" ? state : { transitions: {}, quorumRejected: 1 };
}
