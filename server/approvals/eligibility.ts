import type { ApprovalRow } from "@/lib/api/approval";
import type { Actor } from "@/lib/job-event";
import { ROLES } from "@/lib/roles";
import { actorOf, type Caller } from "@/server/clients/caller";
import type { ApprovalFacts } from "@/server/store/reads/approval-rows";

/** The words of `approvers` that mean this caller, whatever the job. An admin stands in for every role. */
export function approverWordsOf(caller: Caller): string[] {
  if (caller.kind === "client") return ["client:owner"];
  const { role, email, groups } = caller.operator;
  const roles = role === "admin" ? ROLES : [role];
  return [
    ...roles.map((each) => `role:${each}`),
    ...groups.map((group) => `group:${group}`),
    `user:${email}`,
    `user:${email.toLowerCase()}`,
  ];
}

/** Why the caller may not decide it now; null: may. */
export function whyNot(facts: ApprovalFacts, caller: Caller): ApprovalRow["why_not"] {
  if (facts.row.status !== "open") return "closed";
  if (!caller.permissions.has("approvals:decide")) return "not_approver";
  const words = new Set(approverWordsOf(caller));
  if (!facts.row.approvers.some((word) => words.has(plain(word)))) return "not_approver";
  // Under four eyes the job's owner is on the starter's side, whoever of its people sent the request.
  if (facts.denyStarter && (caller.kind === "client" || isSame(facts.starter, actorOf(caller)))) return "starter";
  return facts.row.votes.some((vote) => isSame(vote.by, actorOf(caller))) ? "already_voted" : null;
}

/** Addresses count whatever their case, groups do not. */
function plain(approver: string): string {
  return approver.startsWith("user:") ? approver.toLowerCase() : approver;
}

/** The row as this caller sees it. */
export function rowFor(facts: ApprovalFacts, caller: Caller): ApprovalRow {
  const why_not = whyNot(facts, caller);
  const voted = facts.row.votes.some((vote) => isSame(vote.by, actorOf(caller)));
  const may_withdraw = facts.row.status === "open" && voted && caller.permissions.has("approvals:decide");
  return { ...facts.row, may_decide: why_not === null, may_withdraw, why_not };
}

function isSame(a: Actor | null, b: Actor): boolean {
  return a !== null && a.kind === b.kind && a.id === b.id;
}
