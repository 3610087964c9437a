import type { DecideAnswer, DecideBody } from "@/lib/api/approval";
import { actorOf, type Caller } from "@/server/clients/caller";
import { compileJsonSchema } from "@/server/engine/blueprint/json-schema-validator";
import { ApiError } from "@/server/errors";
import type { ApprovalFacts } from "@/server/store/reads/approval-rows";
import type { Engine } from "@/server/turn/engine-contract";
import { refuseChanged, refusedByEngine, refuseOthers } from "./refusals";

/**
 * Decides an open approval in the caller's name. Refused: 403 for whom it was not put to, 400 for a word that is no
 * decision here, 422 for values that break the form, 409 with who decided when it is closed or the caller voted before, 409
 * `approval_changed` when it is no longer at the version that the caller names. `reload` reads it again afterwards.
 */
export async function decideApproval(
  engine: Engine,
  facts: ApprovalFacts,
  caller: Caller,
  body: DecideBody,
  reload: () => Promise<ApprovalFacts | null>,
): Promise<DecideAnswer> {
  refuseOthers(facts, caller);
  refuseChanged(facts, body.version);
  checkDecision(facts, body.decision);
  checkValues(facts, body);
  const { job_id, no, approval_id } = facts.row;
  const { decision, comment, values, version: seen } = body;
  const result = await engine.apply({
    kind: "approval_decided",
    jobId: job_id,
    no,
    decision,
    by: actorOf(caller),
    ...(comment ? { comment } : {}),
    ...(values ? { values } : {}),
    ...(seen === undefined ? {} : { seen }),
  });
  const now = (await reload()) ?? facts;
  if (!result.applied) throw refusedByEngine(result, now);
  return {
    status: now.row.status === "open" ? "recorded" : "decided",
    approval_id,
    job_id,
    decision,
    job_status: result.status,
    state: result.state,
    version: now.row.version,
  };
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
  throw new ApiError(422, "invalid_data", `The form is not filled in as it asks: ${details[0]?.message ?? ""}`, {
    details,
  });
}
