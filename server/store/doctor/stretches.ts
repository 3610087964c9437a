import type { ClientBase } from "pg";
import type { Database } from "../database";
import type { Check } from "./check";

const LOWEST = "00000000-0000-0000-0000-000000000000";
const HIGHEST = "ffffffff-ffff-ffff-ffff-ffffffffffff";
const SAMPLES = 5;

/** What one check found in one stretch of jobs, or in the database. */
export interface Found {
  count: number;
  samples: string[];
}

/** Jobs by id, from `after` (not included) to `upTo` (included). */
export interface Stretch {
  after: string;
  upTo: string;
}

/**
 * Cuts all ids there may be into stretches of about `size` jobs each, oldest first: rows of jobs that do not exist lie in
 * one of them too.
 */
export async function* stretches(database: Database, size: number): AsyncGenerator<Stretch> {
  for (let after = LOWEST; ; ) {
    const { rows } = await database.pool.query<{ id: string }>(
      "select id::text from jobs where id > $1 order by id offset $2 limit 1",
      [after, size - 1],
    );
    const upTo = rows[0]?.id ?? HIGHEST;
    yield { after, upTo };
    if (upTo === HIGHEST) return;
    after = upTo;
  }
}

/**
 * Gives `work` a connection on which everything is read as of one instant, and nothing can be written. The instant is
 * held for as long as `work` takes: keep that to seconds.
 */
export async function atOneInstant<T>(database: Database, work: (client: ClientBase) => Promise<T>): Promise<T> {
  const client = await database.pool.connect();
  try {
    await client.query("begin transaction isolation level repeatable read read only");
    const result = await work(client);
    await client.query("commit");
    client.release();
    return result;
  } catch (error) {
    // A transaction that failed ends with its connection.
    client.release(error instanceof Error ? error : true);
    throw error;
  }
}

/** Runs one check; `stretch` for those that look at jobs. */
export async function runCheck(client: ClientBase, check: Check, stretch: Stretch | null): Promise<Found> {
  const { rows } = await client.query<Found>(
    `with found as materialized (${check.sql})
     select (select count(*)::int from found) as count, array(select id from found limit ${SAMPLES}) as samples`,
    stretch ? [stretch.after, stretch.upTo] : [],
  );
  return rows[0] ?? { count: 0, samples: [] };
}

/** True while any engine renews its lease. */
export async function anEngineRuns(database: Database): Promise<boolean> {
  const { rowCount } = await database.pool.query(
    "select from leases where starts_with(name, 'engine:') and until > now() limit 1",
  );
  return (rowCount ?? 0) > 0;
}
