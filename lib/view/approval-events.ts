import type { ApprovalView } from "@/lib/job-view";
import type { ViewApplications, ViewDraft } from "./view-draft";

/** Events of questions to people. */
export const APPROVAL_EVENTS: ViewApplications<
  | "approval_asked"
  | "approval_decided"
  | "approval_expired"
  | "approval_escalated"
  | "approval_delegated"
  | "approval_withdrawn"
> = {
  approval_asked(draft, data, at) {
    const step = draft.step();
    if (!step) return;
    const { n: no, message, approvers, quorum, decisions } = data;
    const deadlineAt =
      data.deadline_ms === undefined ? null : new Date(Date.parse(at) + data.deadline_ms).toISOString();
    step.approval = { no, message, approvers, quorum, decisions, deadlineAt, votes: [], asked: [], ended: null };
    step.status = "needs_approval";
  },

  approval_decided(draft, data, at) {
    const step = draft.step();
    step?.approval?.votes.push({ decision: data.decision, by: data.by, comment: data.comment ?? null, at });
  },

  approval_expired(draft) {
    const step = draft.step();
    if (step?.approval) step.approval = { ...step.approval, ended: "expired" };
  },

  approval_escalated(draft, data, at) {
    ask(draft, { by: null, to: data.to, at });
  },

  approval_delegated(draft, data, at) {
    ask(draft, { by: data.by, to: data.to, at });
  },

  approval_withdrawn(draft, data) {
    const approval = draft.step()?.approval;
    if (!approval) return;
    const { kind, id } = data.by;
    approval.votes = approval.votes.filter(({ by }) => by.kind !== kind || by.id !== id);
  },
};

function ask(draft: ViewDraft, more: ApprovalView["asked"][number]): void {
  const step = draft.step();
  if (!step?.approval) return;
  const approvers = [...new Set([...step.approval.approvers, ...more.to])];
  step.approval = { ...step.approval, approvers, asked: [...step.approval.asked, more] };
}
