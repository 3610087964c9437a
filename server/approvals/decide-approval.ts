import type { DecideAnswer, DecideBody } from "@/lib/api/approval";
import type { ErrorDetail } from "@/lib/api/error";
import type { Actor } from "@/lib/job-event";
import { actorOf, type Caller } from "@/server/clients/caller";
import { compileJsonSchema } from "@/server/engine/blueprint/json-schema-validator";
import { ApiError, forbidden } from "@/server/errors";
import { ignoredRefusal } from "@/server/jobs/refusal";
import type { ApprovalFacts } from "@/server/store/reads/approval-rows";
import type { Engine } from "@/server/turn/engine-contract";
import { whyNot } from "./eligibility";

/**
 * Decides an open approval in the caller's name. Refused: 403 for whom it was not put to, 400 for a word that is no
 * decision here and for values that break the form, 409 with who decided when it is closed or the caller voted before.
 * `reload` reads it again after a lost race.
 */
export async function decideApproval(
  engine: Engine,
  facts: ApprovalFacts,
  caller: Caller,
  body: DecideBody,
  reload: () => Promise<ApprovalFacts | null>,
): Promise<DecideAnswer> {
  refuse(facts, caller);
  checkDecision(facts, body.decision);
  checkValues(facts, body);
  const { job_id, no, approval_id, state } = facts.row;
  const { decision, comment, values } = body;
  const result = await engine.apply({
    kind: "approval_decided",
    jobId: job_id,
    no,
    decision,
    by: actorOf(caller),
    ...(comment ? { comment } : {}),
    ...(values ? { values } : {}),
  });
  if (!result.applied) {
    const now = (await reload()) ?? facts;
    if (now.row.status !== "open" || result.reason === "already_decided") throw closed(now, result.by);
    throw ignoredRefusal(result.reason, result);
  }
  const recorded = result.state === state && result.status === "waiting_for_human";
  return {
    status: recorded ? "recorded" : "decided",
    approval_id,
    job_id,
    decision,
    job_status: result.status,
    state: result.state,
  };
}

function refuse(facts: ApprovalFacts, caller: Caller): void {
  switch (whyNot(facts, caller)) {
    case "closed":
      throw closed(facts);
    case "not_approver":
      throw forbidden(`The approval is put to ${facts.row.approvers.join(", ")}`);
    case "starter":
      throw forbidden("Who started the job may not decide it");
    case "already_voted":
      throw new ApiError(409, "already_decided", "You have decided this approval already; it waits for another voice", {
        details: votesOf(facts),
      });
    case null:
      return;
  }
}

function checkDecision(facts: ApprovalFacts, decision: string): void {
  if (facts.row.decisions.includes(decision)) return;
  const fix = `Use one of ${facts.row.decisions.join(", ")}`;
  throw new ApiError(400, "unknown_decision", `Invalid decision '${decision}' for this job`, {
    details: [{ path: "decision", message: fix, fix }],
  });
}

/** A refusal needs no filled-in form: its fields say how to go on. */
function checkValues(facts: ApprovalFacts, body: DecideBody): void {
  if (!facts.form || (body.values === undefined && body.decision === "rejected")) return;
  const checked = compileJsonSchema(facts.form).validate(body.values ?? {});
  if (checked.ok) return;
  const details = checked.problems.map(({ field, message, fix }) => ({
    path: field === "" ? "values" : `values.${field}`,
    message,
    fix,
  }));
  throw new ApiError(400, "invalid_request", `The form is not filled in as it asks: ${details[0]?.message ?? ""}`, {
    details,
  });
}

function closed(facts: ApprovalFacts, by?: Actor): ApiError {
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
