import type { ErrorDetail } from "@/lib/api/error";
import type { Actor } from "@/lib/job-event";
import type { Caller } from "@/server/clients/caller";
import { ApiError } from "@/server/errors";
import { ignoredRefusal } from "@/server/jobs/refusal";
import type { ApprovalFacts } from "@/server/store/reads/approval-rows";
import type { ApplyResult } from "@/server/turn/engine-contract";
import { whyNot } from "./eligibility";

type Ignored = Extract<ApplyResult, { applied: false }>;

/** Throws unless the caller may decide the approval now; `twice`: having decided before is no hindrance. */
export function refuseOthers(facts: ApprovalFacts, caller: Caller, twice = false): void {
  switch (whyNot(facts, caller)) {
    case "closed":
      throw closed(facts);
    case "not_approver":
      throw mayNot(facts, `The approval is put to ${facts.row.approvers.join(", ")}`);
    case "starter":
      throw mayNot(facts, "Who started the job may not decide it");
    case "already_voted":
      if (twice) return;
      throw new ApiError(409, "already_decided", "You have decided this approval already; it waits for another voice", {
        details: votesOf(facts),
      });
    case null:
      return;
  }
}

function mayNot({ row }: ApprovalFacts, message: string): ApiError {
  const { approvers } = row;
  return new ApiError(403, "forbidden", message, { details: [{ message: "Who may decide it", approvers }] });
}

/** 409 unless the approval is still what the caller saw of it. */
export function refuseChanged(facts: ApprovalFacts, seen: number | undefined): void {
  if (seen !== undefined && seen !== facts.row.version) throw changed(facts);
}

/** Why the engine did not take it, by what the approval is now. */
export function refusedByEngine(result: Ignored, now: ApprovalFacts): ApiError {
  if (result.reason === "approval_changed") return changed(now);
  const isLate = result.reason === "already_decided" || result.reason === "not_waiting";
  return now.row.status !== "open" || isLate ? closed(now, result.by) : ignoredRefusal(result.reason, result);
}

function changed(facts: ApprovalFacts): ApiError {
  const { version, approvers, status } = facts.row;
  const message = `It is at version ${version} now`;
  return new ApiError(409, "approval_changed", "The approval changed since you looked at it; look again", {
    details: [{ path: "version", message, version, status, approvers }, ...votesOf(facts)],
  });
}

export function closed(facts: ApprovalFacts, by?: Actor): ApiError {
  const { status, outcome } = facts.row;
  if (status === "expired") return new ApiError(409, "conflict", "The approval has expired");
  if (status === "withdrawn")
    return new ApiError(409, "conflict", "The approval was withdrawn: the job has gone on or ended without it");
  const who = by ?? facts.row.votes.at(-1)?.by;
  const name = who ? (who.name ?? who.id) : "somebody else";
  return new ApiError(
    409,
    "already_decided",
    `The approval was decided already, as ${outcome ?? "decided"}, by ${name}`,
    { details: votesOf(facts) },
  );
}

function votesOf(facts: ApprovalFacts): ErrorDetail[] {
  return facts.row.votes.map(({ decision, by }) => ({
    message: `${by.name ?? by.id}: ${decision}`,
    decided_by: by.name ?? by.id,
    decision,
  }));
}
