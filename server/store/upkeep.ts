import type { Database } from "./database";
import { removeLapsedLeases } from "./leases";
import { ensureEventPartitions } from "./partitions";
import { removeOldSelections } from "./selections";
import { removeOldSessions } from "./sessions";
import { removeOldStsTokens } from "./sts-tokens";
import { cleanTurns } from "./turns";

const DAY_MS = 24 * 3_600_000;
const ROWS_A_ROUND = 5_000;

export interface UpkeepReport {
  partitions: string[];
  turns: number;
  keys: number;
  sessions: number;
  selections: number;
  stsTokens: number;
}

/**
 * What keeps the tables in shape, to be called about once an hour by one process (several do no harm): months of `events`
 * ahead, the live log cut to one day, idempotency keys, sessions, leases, selections and short-lived tokens of the past removed.
 */
export async function keepStore(database: Database): Promise<UpkeepReport> {
  const client = await database.pool.connect();
  let partitions: string[];
  try {
    partitions = await ensureEventPartitions(client);
    client.release();
  } catch (error) {
    client.release(error instanceof Error ? error : true);
    throw error;
  }
  const turns = await cleanTurns(database, DAY_MS);
  const keys = await removeOldKeys(database, DAY_MS);
  const sessions = await removeOldSessions(database, DAY_MS);
  await removeLapsedLeases(database, "", DAY_MS);
  const selections = await removeOldSelections(database);
  const stsTokens = await removeOldStsTokens(database);
  return { partitions, turns, keys, sessions, selections, stsTokens };
}

/**
 * Forgets idempotency keys `afterEndMs` after their job has ended, the one of an open job never. It walks through the keys
 * by the primary key in bounded statements: keys of jobs that stay open for months are passed over once a round.
 */
export async function removeOldKeys(
  database: Database,
  afterEndMs: number,
  rowsAtOnce = ROWS_A_ROUND,
): Promise<number> {
  let total = 0;
  let after: KeyPage | null = null;
  for (;;) {
    const page = await removeKeysOfPage(database, afterEndMs, after, rowsAtOnce);
    total += page?.gone ?? 0;
    if (!page || page.seen < rowsAtOnce) return total;
    after = page;
  }
}

/** The last key of a page, with how many keys it had and how many of them went. */
interface KeyPage {
  client_id: number;
  key: string;
  seen: number;
  gone: number;
}

async function removeKeysOfPage(
  database: Database,
  afterEndMs: number,
  after: KeyPage | null,
  limit: number,
): Promise<KeyPage | null> {
  const { rows } = await database.pool.query<KeyPage>(
    `with page as materialized (
       select client_id, key, job_id, created_at from idempotency
       where $2::int is null or (client_id, key) > ($2, $3::text) order by client_id, key limit $4),
     old as (
       select p.client_id, p.key from page p left join jobs j on j.id = p.job_id
       where p.created_at < now() - $1 * interval '1 ms' and (j.id is null or j.finished_at < now() - $1 * interval '1 ms')),
     gone as (delete from idempotency i using old where i.client_id = old.client_id and i.key = old.key returning 1)
     select client_id, key, (select count(*)::int from page) as seen, (select count(*)::int from gone) as gone
     from page order by client_id desc, key desc limit 1`,
    [afterEndMs, after?.client_id ?? null, after?.key ?? null, limit],
  );
  return rows[0] ?? null;
}
