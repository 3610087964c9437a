import { EVENT_KIND, type EventKind } from "@/lib/job-event";
import { type JobStatus, jobStatusOf } from "@/lib/job-status";
import type { Database } from "./database";

/** What is stored for each outcome of an item. */
export const ITEM_OUTCOME = { ok: 1, skipped: 2, failed: 3 } as const;

export type ItemOutcome = keyof typeof ITEM_OUTCOME;

export interface TakenItem {
  no: number;
  jobId: string;
  /** 1 for one that was never begun before. */
  tries: number;
}

export interface ItemResult {
  no: number;
  outcome: ItemOutcome;
  reason: string | null;
}

/** The next items that are not done, in their order, each counted as begun. */
export async function takeItems(
  database: Database,
  selectionId: string,
  limit: number,
  canary: boolean,
): Promise<TakenItem[]> {
  const { rows } = await database.pool.query<{ no: number; job_id: string; tries: number }>(
    `update selection_items set tries = least(tries + 1, 32000), canary = canary or $3
     where selection_id = $1 and no = any (array(
       select no from selection_items where selection_id = $1 and outcome = 0 order by no limit $2))
     returning no, job_id, tries`,
    [selectionId, limit, canary],
  );
  return rows.map((row) => ({ no: row.no, jobId: row.job_id, tries: row.tries })).sort((a, b) => a.no - b.no);
}

/** Which of these jobs have an event of this kind that this bulk job brought about. */
export async function doneByBulk(
  database: Database,
  jobIds: string[],
  kind: EventKind,
  bulkJobId: string,
): Promise<Set<string>> {
  if (jobIds.length === 0) return new Set();
  const { rows } = await database.pool.query<{ job_id: string }>(
    `select distinct job_id from events where job_id = any ($1::uuid[]) and kind = $2 and data -> 'by' ->> 'bulk' = $3`,
    [jobIds, EVENT_KIND[kind], bulkJobId],
  );
  return new Set(rows.map((row) => row.job_id));
}

/** Writes what became of items, and their counts: once, whoever says it again. */
export async function recordItems(database: Database, selectionId: string, results: ItemResult[]): Promise<void> {
  if (results.length === 0) return;
  await database.pool.query(
    `with said as (select * from unnest($2::int[], $3::smallint[], $4::text[]) as t(no, outcome, reason)),
     done as (update selection_items i set outcome = said.outcome, reason = said.reason from said
       where i.selection_id = $1 and i.no = said.no and i.outcome = 0 returning i.outcome)
     update selections set
       ok = ok + (select count(*) filter (where outcome = 1) from done),
       skipped = skipped + (select count(*) filter (where outcome = 2) from done),
       failed = failed + (select count(*) filter (where outcome = 3) from done)
     where id = $1`,
    [
      selectionId,
      results.map((one) => one.no),
      results.map((one) => ITEM_OUTCOME[one.outcome]),
      results.map((one) => one.reason),
    ],
  );
}

export interface ItemCounts {
  total: number;
  ok: number;
  skipped: number;
  failed: number;
}

/** The counts of the selection that this bulk job works on; null when it works on none. */
export async function countsOfBulk(
  database: Database,
  bulkJobId: string,
): Promise<(ItemCounts & { selectionId: string }) | null> {
  const { rows } = await database.pool.query<ItemCounts & { selectionId: string }>(
    `select id as "selectionId", total, ok, skipped, failed from selections where job_id = $1`,
    [bulkJobId],
  );
  return rows[0] ?? null;
}

export interface CanaryJob {
  jobId: string;
  outcome: ItemOutcome | null;
  /** Null when the job is no longer stored. */
  status: JobStatus | null;
}

/** The canaries of a selection with what they are now, in their order; at most a few thousand. */
export async function readCanaries(database: Database, selectionId: string): Promise<CanaryJob[]> {
  const { rows } = await database.pool.query<{ job_id: string; outcome: number; status: number | null }>(
    `select i.job_id, i.outcome, j.status from selection_items i left join jobs j on j.id = i.job_id
     where i.selection_id = $1 and i.canary order by i.no limit 5000`,
    [selectionId],
  );
  return rows.map(({ job_id, outcome, status }) => ({
    jobId: job_id,
    outcome: outcomeOf(outcome),
    status: status === null ? null : jobStatusOf(status),
  }));
}

/** Items that are done, in their order, after `after`; with an outcome, those alone. One more than `limit` tells that there are more. */
export async function readItems(
  database: Database,
  selectionId: string,
  page: { outcome: ItemOutcome | null; after: number; limit: number },
): Promise<{ no: number; jobId: string; outcome: ItemOutcome; reason: string | null; canary: boolean }[]> {
  const { rows } = await database.pool.query<{
    no: number;
    job_id: string;
    outcome: number;
    reason: string | null;
    canary: boolean;
  }>(
    `select no, job_id, outcome, reason, canary from selection_items
     where selection_id = $1 and no > $2 and outcome <> 0 and ($3::smallint is null or outcome = $3) order by no limit $4`,
    [selectionId, page.after, page.outcome === null ? null : ITEM_OUTCOME[page.outcome], page.limit + 1],
  );
  return rows.flatMap(({ job_id, outcome, ...row }) => {
    const word = outcomeOf(outcome);
    return word === null ? [] : [{ ...row, jobId: job_id, outcome: word }];
  });
}

const WORDS: readonly (ItemOutcome | null)[] = [null, "ok", "skipped", "failed"];

function outcomeOf(code: number): ItemOutcome | null {
  return WORDS[code] ?? null;
}
