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
  if (signal.seen !== undefined && signal.seen !== approval.version) return "approval_changed";
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

/** Somebody who may decide names others who may as well. */
export function onApprovalDelegated(
  change: JobChange,
  signal: Extract<Signal, { kind: "approval_delegated" }>,
): IgnoredReason | null {
  const { approval } = change.job;
  if (!approval || approval.no !== signal.no) return "not_waiting";
  if (signal.seen !== undefined && signal.seen !== approval.version) return "approval_changed";
  const { no: n, by, to, comment } = signal;
  change.emit("approval_delegated", { n, by, to, comment });
  return null;
}

/** A decision is taken back while it is not enough yet. */
export function onApprovalWithdrawn(
  change: JobChange,
  signal: Extract<Signal, { kind: "approval_withdrawn" }>,
): IgnoredReason | null {
  const { approval } = change.job;
  if (!approval || approval.no !== signal.no) {
    return change.job.lastDecision?.no === signal.no ? "already_decided" : "not_waiting";
  }
  const { no: n, by } = signal;
  if (!approval.votes.some((vote) => vote.by.kind === by.kind && vote.by.id === by.id)) return "not_voted";
  change.emit("approval_withdrawn", { n, by });
  return null;
}

/** Nobody decided in time: more people are asked. */
export function onEscalation(change: JobChange, key: string): IgnoredReason | null {
  const { approval } = change.job;
  if (!approval) return "not_waiting";
  change.emit("timer_fired", { key });
  const { escalate } = approvalPolicy(change.job, change.blueprint);
  const step = approval.escalations;
  const next = escalate[step];
  if (next) change.emit("approval_escalated", { n: approval.no, step, to: next.to });
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
