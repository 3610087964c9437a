import { type BulkBody, bulkBody } from "@/lib/api/bulk";
import type { Actor } from "@/lib/job-event";
import type { JsonObject } from "@/lib/json";
import { countsOfBulk, type ItemCounts, readCanaries } from "@/server/store/selection-items";
import { claimSelection } from "@/server/store/selections";
import { BULK_ACTION } from "./bulk-action";
import { type CanaryTally, tally } from "./canary-verdict";
import { type BulkParts, runItems } from "./run-items";

/** What the handlers of the bulk blueprint do outside of their own job. */
export interface BulkWork {
  /** Takes the selection for this job; a text when it cannot be used by its starter. */
  begin(jobId: string, input: JsonObject): Promise<{ order: BulkBody; total: number } | string>;
  /** Tries canaries until as many as wanted were changed, one failed, or none are left. True when there is more to do. */
  tryCanaries(jobId: string, order: BulkBody, signal: AbortSignal): Promise<boolean>;
  canaries(jobId: string, order: BulkBody): Promise<CanaryTally>;
  /** Does some of what is left; `left` is true when there may be more. */
  workOn(jobId: string, order: BulkBody, signal: AbortSignal): Promise<ItemCounts & { left: boolean }>;
  counts(jobId: string): Promise<ItemCounts>;
  /** Who asked for it. */
  asker(jobId: string, order: BulkBody): Promise<Actor>;
}

/** Items of one entry: what is lost of the report when the process dies in the middle is looked up again. */
const CHUNK = 250;
/** Canaries that are passed over are replaced by the next ones: of many thousand, in more than one entry. */
const CANARY_BUDGET_MS = 10_000;

/** `parts` is asked when a handler runs: the engine that runs it is made after its blueprints. */
export function bulkWork(parts: () => BulkParts): BulkWork {
  const claimed = async (jobId: string, order: BulkBody) => {
    const claim = await claimSelection(parts().database, order.selection_id, jobId);
    if (!claim) throw new Error("The selection of this bulk operation is no longer there");
    return claim;
  };
  const counts = async (jobId: string) => {
    const found = await countsOfBulk(parts().database, jobId);
    if (!found) throw new Error("The selection of this bulk operation is no longer there");
    return found;
  };
  const run = async (jobId: string, order: BulkBody, signal: AbortSignal, more: { limit: number; canary: boolean }) => {
    const { starter } = await claimed(jobId, order);
    const ids = { bulkJobId: jobId, selectionId: order.selection_id };
    return runItems(parts(), { ...ids, order, asker: starter, signal, ...more });
  };
  const canaries = async (jobId: string, order: BulkBody) => {
    const { selectionId } = await counts(jobId);
    return tally(await readCanaries(parts().database, selectionId), BULK_ACTION[order.action].runsOn);
  };
  return {
    async begin(jobId, input) {
      const parsed = bulkBody.safeParse(input);
      if (!parsed.success) return `It was not asked for as it must be: ${parsed.error.issues[0]?.message ?? ""}`;
      const claim = await claimSelection(parts().database, parsed.data.selection_id, jobId);
      if (!claim) return "The selection is not there, is no longer valid, was used before, or is somebody else's";
      return { order: parsed.data, total: claim.total };
    },
    async tryCanaries(jobId, order, signal) {
      for (const end = Date.now() + CANARY_BUDGET_MS; Date.now() < end && !signal.aborted; ) {
        const { badly, done } = await canaries(jobId, order);
        if (badly > 0 || done >= order.canary) return false;
        const limit = Math.min(order.canary - done, CHUNK);
        if ((await run(jobId, order, signal, { limit, canary: true })) === 0) return false;
      }
      return true;
    },
    canaries,
    async workOn(jobId, order, signal) {
      await run(jobId, order, signal, { limit: CHUNK, canary: false });
      const now = await counts(jobId);
      return { ...now, left: now.ok + now.skipped + now.failed < now.total };
    },
    counts,
    asker: async (jobId, order) => (await claimed(jobId, order)).starter,
  };
}
