import type { CompiledBlueprint } from "./blueprint/compile";
import type { Job } from "./job";

/** Where the decisions of the job's current approval lead, and whom it is put to when nobody decides. */
export interface ApprovalPolicy {
  transitions: Readonly<Record<string, string>>;
  quorumRejected: number;
  /** In the order of their times. */
  escalate: readonly { after_seconds: number; to: string[] }[];
}

export function approvalPolicy(job: Job, blueprint: CompiledBlueprint): ApprovalPolicy {
  if (job.action?.type === "await_human_approval") {
    const { transitions, quorum_rejected: quorumRejected = 1, escalate = [] } = job.action;
    return { transitions, quorumRejected, escalate };
  }
  const state = blueprint.states.get(job.state);
  if (state?.type !== "approval") return { transitions: {}, quorumRejected: 1, escalate: [] };
  const { transitions, quorumRejected, document } = state;
  return { transitions, quorumRejected, escalate: document.escalate ?? [] };
}
