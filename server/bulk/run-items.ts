import type { BulkBody } from "@/lib/api/bulk";
import type { Actor } from "@/lib/job-event";
import type { IgnoredReason } from "@/server/engine/signal";
import { ignoredRefusal, type RefusalFacts } from "@/server/jobs/refusal";
import type { Database } from "@/server/store/database";
import { isDataError, isTransient } from "@/server/store/errors";
import { doneByBulk, type ItemResult, recordItems, type TakenItem, takeItems } from "@/server/store/selection-items";
import type { Engine } from "@/server/turn/engine-contract";
import { BrokenHistoryError, NotHereError } from "@/server/turn/not-here";
import { BULK_ACTION, outcomeOfRefusal, signalFor } from "./bulk-action";

/** What the bulk job works with. */
export interface BulkParts {
  engine: Pick<Engine, "apply">;
  database: Database;
}

/** One run over some of the selection, in the name of whoever asked for all of it. */
export interface ItemsRun {
  bulkJobId: string;
  selectionId: string;
  order: BulkBody;
  asker: Actor;
  /** Items at most. */
  limit: number;
  canary: boolean;
  /** Fires when the handler's time is over or the engine stops: nothing new is begun. */
  signal: AbortSignal;
}

/** Shared commits make many at once cheap; more would only wait in the lanes. */
const AT_ONCE = 50;
/** Nothing new is begun after it, so that a slow system does not run into the handler's limit. */
const BUDGET_MS = 15_000;
/** A fault that stays, job for job, is the job's own after so many tries. */
const MAX_TRIES = 5;

interface Refused {
  item: TakenItem;
  reason: IgnoredReason;
  facts: RefusalFacts;
}

/**
 * Does the action to the next items that are not done, and records what became of each. Items that were begun before
 * may have been done before, by a run that crashed: the event that names this bulk job tells. Returns how many were
 * taken; throws, with everything else recorded, when the database was not to be had for some, which stay undone.
 */
export async function runItems(parts: BulkParts, run: ItemsRun): Promise<number> {
  const { database } = parts;
  const items = await takeItems(database, run.selectionId, run.limit, run.canary);
  const { event } = BULK_ACTION[run.order.action];
  const begunBefore = items.filter((item) => item.tries > 1).map((item) => item.jobId);
  const before = await doneByBulk(database, begunBefore, event, run.bulkJobId);
  const results: ItemResult[] = [];
  const refused: Refused[] = [];
  let fault: unknown = null;
  const until = Date.now() + BUDGET_MS;
  await inTurn(items, AT_ONCE, async (item) => {
    if (before.has(item.jobId)) return void results.push(done(item));
    if (fault !== null || run.signal.aborted || Date.now() > until) return;
    try {
      const answer = await parts.engine.apply(signalFor(run.order, item.jobId, byBulk(run)));
      if (answer.applied) results.push(done(item));
      else refused.push({ item, reason: answer.reason, facts: answer });
    } catch (error) {
      if (isItsOwn(error, item)) results.push({ no: item.no, outcome: "failed", reason: textOf(error) });
      else fault ??= error;
    }
  });
  results.push(...(await explained(database, refused, run)));
  await recordItems(database, run.selectionId, results);
  if (fault !== null) throw fault;
  return items.length;
}

/** A job that refused may have been changed by this very bulk job a moment ago: then it is done. */
async function explained(database: Database, refused: Refused[], run: ItemsRun): Promise<ItemResult[]> {
  const ids = refused.map(({ item }) => item.jobId);
  const mine = await doneByBulk(database, ids, BULK_ACTION[run.order.action].event, run.bulkJobId);
  return refused.map(({ item, reason, facts }) =>
    mine.has(item.jobId)
      ? done(item)
      : {
          no: item.no,
          outcome: outcomeOfRefusal(reason),
          reason: ignoredRefusal(reason, facts).message.slice(0, 1000),
        },
  );
}

function done({ no }: TakenItem): ItemResult {
  return { no, outcome: "ok", reason: null };
}

function byBulk({ asker, bulkJobId }: ItemsRun): Actor {
  return { ...asker, bulk: bulkJobId };
}

/** True for what is wrong with this one job, whoever asks and however often. */
function isItsOwn(error: unknown, item: TakenItem): boolean {
  if (error instanceof NotHereError || error instanceof BrokenHistoryError || isDataError(error)) return true;
  return item.tries >= MAX_TRIES && !isTransient(error);
}

function textOf(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).slice(0, 1000);
}

/** Each in its order, `atOnce` at a time. */
async function inTurn<T>(all: readonly T[], atOnce: number, work: (one: T) => Promise<void>): Promise<void> {
  const left = all.values();
  const hand = async () => {
    for (const one of left) await work(one);
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, all.length) }, hand));
}
