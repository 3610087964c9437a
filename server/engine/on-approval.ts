import { approvalPolicy } from "./approval-policy";
import type { JobChange } from "./change";
import { follow } from "./follow";
import type { IgnoredReason, Signal } from "./signal";

/** A person's word on the open approval. Equal words of distinct people count together; a first rejection ends it. */
export function onApprovalDecided(
  change: JobChange,
  signal: Extract<Signal, { kind: "approval_decided" }>,
): IgnoredReason | null {
  const { approval } = change.job;
  if (!approval || approval.no !== signal.no) {
    return change.job.lastDecision?.no === signal.no ? "already_decided" : "not_waiting";
  }
  if (!approval.decisions.includes(signal.decision)) return "unknown_decision";
  const { decision, by, comment, values } = signal;
  if (approval.votes.some((vote) => vote.by.kind === by.kind && vote.by.id === by.id)) return "already_decided";
  change.emit("approval_decided", { n: signal.no, decision, by, comment, values });

  const votes = (change.job.approval?.votes ?? []).filter((vote) => vote.decision === decision);
  const policy = approvalPolicy(change.job, change.blueprint);
  const needed = decision === "rejected" ? policy.quorumRejected : approval.quorum;
  if (votes.length < needed) return null;
  change.emit("context_set", {
    set: { [change.job.state]: { decision, comment: comment ?? null, by: by.name ?? by.id, values: values ?? {} } },
  });
  follow(change, decision, policy.transitions[decision] as string);
  return null;
}

/** The deadline passed with no decision: an outcome of its own. */
export function onApprovalDeadline(change: JobChange): IgnoredReason | null {
  const { approval } = change.job;
  if (!approval) return "not_waiting";
  change.emit("timer_fired", { key: "approval" });
  change.emit("approval_expired", { n: approval.no });
  const target = approvalPolicy(change.job, change.blueprint).transitions.expired;
  if (target !== undefined) follow(change, "expired", target);
  else {
    const message = `Nobody decided '${change.job.state}' before its deadline, and it declares no transition 'expired'.`;
    change.emit("job_failed", { code: "APPROVAL_EXPIRED", message });
  }
  return null;
}
