import type { BulkAction, BulkBody, BulkOutcome, BulkPhase, BulkReport } from "@/lib/api/bulk";
import type { JobDetail } from "@/lib/api/job";
import { isTerminal } from "@/lib/job-status";
import { isJsonObject } from "@/lib/json";
import { notFound } from "@/server/errors";
import type { Database } from "@/server/store/database";
import { readJobDetail } from "@/server/store/reads/job-detail";
import { countsOfBulk, readCanaries, readItems } from "@/server/store/selection-items";
import { BULK_ACTION } from "./bulk-action";
import { BULK_BLUEPRINT } from "./bulk-blueprint";
import { canaryView } from "./canary-verdict";

export interface ItemPage {
  outcome: BulkOutcome | null;
  after: number;
  limit: number;
}

const PHASES: Readonly<Record<string, BulkPhase>> = {
  begin: "starting",
  canary: "canary",
  watch: "watching",
  ask: "asking",
  work: "working",
  done: "done",
};

/** How far a bulk job is and what became of each of its jobs; 404 for one that is not this client's (null: anyone's). */
export async function readBulk(
  database: Database,
  jobId: string,
  clientId: number | null,
  page: ItemPage,
): Promise<BulkReport> {
  const job = await readJobDetail(database.pool, jobId, clientId);
  if (!job || job.blueprint_name !== BULK_BLUEPRINT) throw notFound("Bulk operation");
  const order = job.input as unknown as BulkBody;
  const counts = await countsOfBulk(database, jobId);
  const { total, ok, skipped, failed } = counts ?? { total: 0, ok: 0, skipped: 0, failed: 0 };
  const items = counts ? await readItems(database, counts.selectionId, page) : [];
  const shown = items.slice(0, page.limit);
  const { runsOn } = BULK_ACTION[order.action as BulkAction] ?? { runsOn: false };
  const view = { wanted: order.canary, runsOn, ask: order.continue === "ask" };
  return {
    job_id: jobId,
    status: job.status,
    action: order.action,
    phase: phaseOf(job),
    total,
    done: ok + skipped + failed,
    ok,
    skipped,
    failed,
    canary: counts && order.canary > 0 ? canaryView(await readCanaries(database, counts.selectionId), view) : null,
    message: messageOf(job),
    items: shown.map((item) => ({
      job_id: item.jobId,
      outcome: item.outcome,
      reason: item.reason,
      canary: item.canary,
    })),
    next: items.length > page.limit ? String(shown.at(-1)?.no ?? 0) : null,
  };
}

function phaseOf({ state, status }: Pick<JobDetail, "state" | "status">): BulkPhase {
  const phase = PHASES[state] ?? "stopped";
  return isTerminal(status) && phase !== "done" ? "stopped" : phase;
}

function messageOf({ result, error_message }: Pick<JobDetail, "result" | "error_message">): string | null {
  if (isJsonObject(result) && typeof result.message === "string") return result.message;
  return error_message;
}
