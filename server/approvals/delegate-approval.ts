import type { DelegateBody } from "@/lib/api/approval";
import { ROLES } from "@/lib/roles";
import { actorOf, type Caller } from "@/server/clients/caller";
import { ApiError } from "@/server/errors";
import type { ApprovalFacts } from "@/server/store/reads/approval-rows";
import type { Engine } from "@/server/turn/engine-contract";
import { refuseChanged, refusedByEngine, refuseOthers } from "./refusals";

/**
 * Puts an open approval to more people, in the name of somebody who may decide it; those it was put to before stay. Refused
 * like a decision, and with 400 for a role that there is not.
 */
export async function delegateApproval(
  engine: Engine,
  facts: ApprovalFacts,
  caller: Caller,
  { to, comment, version: seen }: DelegateBody,
  reload: () => Promise<ApprovalFacts | null>,
): Promise<ApprovalFacts> {
  refuseOthers(facts, caller, true);
  refuseChanged(facts, seen);
  refuseUnknownRoles(to);
  const { job_id, no } = facts.row;
  const result = await engine.apply({
    kind: "approval_delegated",
    jobId: job_id,
    no,
    by: actorOf(caller),
    to: [...new Set(to)],
    ...(comment ? { comment } : {}),
    ...(seen === undefined ? {} : { seen }),
  });
  const now = (await reload()) ?? facts;
  if (!result.applied) throw refusedByEngine(result, now);
  return now;
}

function refuseUnknownRoles(to: readonly string[]): void {
  const known = new Set<string>(ROLES.map((role) => `role:${role}`));
  const index = to.findIndex((word) => word.startsWith("role:") && !known.has(word));
  if (index < 0) return;
  const fix = `Use one of ${[...known].join(", ")}`;
  throw new ApiError(400, "invalid_request", `to[${index}]: there is no such role`, {
    details: [{ path: `to[${index}]`, message: "there is no such role", fix }],
  });
}
