import { actorOf, type Caller } from "@/server/clients/caller";
import type { ApprovalFacts } from "@/server/store/reads/approval-rows";
import type { Engine } from "@/server/turn/engine-contract";
import { closed, refusedByEngine } from "./refusals";

/** Takes the caller's own decision back while it is not enough yet. 409 when it is closed, or the caller has not decided. */
export async function withdrawVote(
  engine: Engine,
  facts: ApprovalFacts,
  caller: Caller,
  reload: () => Promise<ApprovalFacts | null>,
): Promise<ApprovalFacts> {
  if (facts.row.status !== "open") throw closed(facts);
  const { job_id, no } = facts.row;
  const result = await engine.apply({ kind: "approval_withdrawn", jobId: job_id, no, by: actorOf(caller) });
  const now = (await reload()) ?? facts;
  if (!result.applied) throw refusedByEngine(result, now);
  return now;
}
