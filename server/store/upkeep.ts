import type { Database } from "./database";
import { removeLapsedLeases } from "./leases";
import { ensureEventPartitions } from "./partitions";
import { removeOldSessions } from "./sessions";
import { cleanTurns } from "./turns";

const DAY_MS = 24 * 3_600_000;
const ROWS_A_ROUND = 5_000;

export interface UpkeepReport {
  partitions: string[];
  turns: number;
  keys: number;
  sessions: number;
}

/**
 * What keeps the tables in shape, to be called about once an hour by one process (several do no harm): months of `events`
 * ahead, the live log cut to one day, idempotency keys, sessions and leases of the past removed.
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
  return { partitions, turns, keys, sessions };
}

/** Forgets idempotency keys `afterEndMs` after their job has ended; a key outlives its job by that much, never less. */
export async function removeOldKeys(database: Database, afterEndMs: number): Promise<number> {
  for (let total = 0; ; ) {
    const { rowCount } = await database.pool.query(
      `delete from idempotency where (client_id, key) in (
         select i.client_id, i.key from idempotency i left join jobs j on j.id = i.job_id
         where i.created_at < now() - $1 * interval '1 ms'
           and (j.id is null or j.finished_at < now() - $1 * interval '1 ms') limit ${ROWS_A_ROUND})`,
      [afterEndMs],
    );
    total += rowCount ?? 0;
    if ((rowCount ?? 0) < ROWS_A_ROUND) return total;
  }
}
