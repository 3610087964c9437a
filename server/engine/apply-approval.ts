import type { Applications } from "./application";
import { approvalPolicy } from "./approval-policy";
import type { CompiledBlueprint } from "./blueprint/compile";
import type { Job, OpenApproval } from "./job";

/** Events of questions to people. */
export const APPLY_APPROVAL: Applications<
  | "approval_asked"
  | "approval_decided"
  | "approval_expired"
  | "approval_escalated"
  | "approval_delegated"
  | "approval_withdrawn"
> = {
  approval_asked(draft, data, _seq, blueprint) {
    draft.status = "waiting_for_human";
    draft.approval = {
      no: data.n,
      message: data.message,
      form: data.form ?? null,
      approvers: data.approvers,
      quorum: data.quorum,
      denyStarter: data.deny_starter ?? false,
      decisions: data.decisions,
      escalations: 0,
      version: 1,
      votes: [],
    };
    if (data.deadline_ms !== undefined)
      draft.timers.set("approval", { kind: "approval_deadline", dueMs: data.deadline_ms });
    awaitEscalation(draft, blueprint, 0);
  },

  approval_decided(draft, data) {
    const { decision, by, comment, values } = data;
    change(draft, (approval) => ({ votes: [...approval.votes, { decision, by, comment, values }] }));
    draft.lastDecision = { no: data.n, decision, by };
  },

  approval_expired(draft, data) {
    draft.lastDecision = { no: data.n, decision: "expired", by: null };
  },

  approval_escalated(draft, data, _seq, blueprint) {
    const escalations = data.step + 1;
    change(draft, (approval) => ({ approvers: distinct(approval.approvers, data.to), escalations }));
    awaitEscalation(draft, blueprint, escalations);
  },

  approval_delegated(draft, data) {
    change(draft, (approval) => ({ approvers: distinct(approval.approvers, data.to) }));
  },

  approval_withdrawn(draft, data) {
    const { kind, id } = data.by;
    change(draft, ({ votes }) => ({ votes: votes.filter(({ by }) => by.kind !== kind || by.id !== id) }));
  },
};

/** Replaces the open approval, so that the job's copy before the change stays what it was. */
function change(draft: Job, to: (approval: OpenApproval) => Partial<OpenApproval>): void {
  const { approval } = draft;
  if (approval) draft.approval = { ...approval, ...to(approval), version: approval.version + 1 };
}

/** Sets the timer of the escalation numbered `step`; they are counted from the question on. */
function awaitEscalation(draft: Job, blueprint: CompiledBlueprint, step: number): void {
  const { escalate } = approvalPolicy(draft, blueprint);
  const next = escalate[step];
  if (!next) return;
  const before = escalate[step - 1]?.after_seconds ?? 0;
  const dueMs = Math.max(0, Math.round((next.after_seconds - before) * 1000));
  draft.timers.set("escalation", { kind: "escalation", dueMs });
}

function distinct(approvers: string[], more: string[]): string[] {
  return [...new Set([...approvers, ...more])];
}
