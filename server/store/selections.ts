import type { Actor } from "@/lib/job-event";
import type { Database } from "./database";
import { type JobFilter, jobsWhere } from "./reads/job-filter";

export interface NewSelection {
  id: string;
  /** Alone may use it. */
  owner: Actor;
  /** Its `clientId` is whose jobs it may hold; null: everybody's. */
  filter: JobFilter;
  /** Jobs at most; the newest are taken. */
  limit: number;
  /** How long it may wait to be used. */
  ttlMs: number;
}

export interface Selection {
  count: number;
  truncated: boolean;
  expiresAt: Date;
}

/** Freezes the ids of the jobs that the filter finds now, newest first, in one statement. */
export async function createSelection(database: Database, wish: NewSelection): Promise<Selection> {
  const { id, owner, filter, limit, ttlMs } = wish;
  const { from, values } = jobsWhere(filter, limit + 1);
  const bind = (value: unknown, type: string) => `$${values.push(value)}::${type}`;
  const [selection, most] = [bind(id, "uuid"), bind(limit, "int")];
  const { rows } = await database.pool.query<{ total: number; truncated: boolean; expires_at: Date }>(
    `with picked as materialized (select x.id, (row_number() over (order by x.id desc))::int as no from (${from}) x),
     items as (insert into selection_items (selection_id, no, job_id)
       select ${selection}, no, id from picked where no <= ${most} returning no)
     insert into selections (id, client_id, owner_kind, owner_id, expires_at, truncated, total)
     select ${selection}, ${bind(filter.clientId, "int")}, ${bind(owner.kind, "text")}, ${bind(owner.id, "text")},
       now() + ${bind(ttlMs, "float")} * interval '1 ms', (select count(*) from picked) > ${most}, (select count(*) from items)
     returning total, truncated, expires_at`,
    values,
  );
  const row = rows[0];
  if (!row) throw new Error("a selection was not stored");
  return { count: row.total, truncated: row.truncated, expiresAt: row.expires_at };
}

/** What a use of a selection found: how many jobs it has, or why it cannot be used. */
export type SelectionUse = { total: number } | "not_found" | "expired";

/** Marks it as used, so that it no longer expires; once used it may be used again by the same request only. */
export async function useSelection(database: Database, id: string, owner: Actor): Promise<SelectionUse> {
  const { rows } = await database.pool.query<{ total: number; expired: boolean }>(
    `with s as (select id, total, used_at is null and expires_at <= now() as expired from selections
       where id = $1 and owner_kind = $2 and owner_id = $3 for update),
     u as (update selections set used_at = coalesce(used_at, now()) where id = (select id from s where not expired))
     select total, expired from s`,
    [id, owner.kind, owner.id],
  );
  const row = rows[0];
  if (!row) return "not_found";
  return row.expired ? "expired" : { total: row.total };
}

/**
 * Ties a selection to the bulk job that works on it, for good. Null when the job's starter may not use it: it is
 * somebody else's, another job's, expired, or there is none.
 */
export async function claimSelection(
  database: Database,
  id: string,
  jobId: string,
): Promise<{ total: number; starter: Actor } | null> {
  const { rows } = await database.pool.query<{ total: number; starter: Actor }>(
    `update selections s set job_id = $2, used_at = coalesce(s.used_at, now()) from events e
     where s.id = $1 and e.job_id = $2 and e.seq = 1 and (s.job_id is null or s.job_id = $2)
       and s.owner_kind = e.data -> 'starter' ->> 'kind' and s.owner_id = e.data -> 'starter' ->> 'id'
       and (s.used_at is not null or s.expires_at > now())
     returning s.total, e.data -> 'starter' as starter`,
    [id, jobId],
  );
  return rows[0] ?? null;
}

const ROWS_A_ROUND = 5_000;

/**
 * Forgets selections that nobody used in time, and those whose bulk job is no longer stored, with their items, in bounded
 * statements. Returns how many selections went.
 */
export async function removeOldSelections(database: Database): Promise<number> {
  for (let total = 0; ; ) {
    const { rows } = await database.pool.query<{ id: string }>(
      `select s.id from selections s left join jobs j on j.id = s.job_id
       where s.expires_at < now() and j.id is null
         and (s.used_at is null or s.used_at < now() - interval '1 day') limit 100`,
    );
    for (const { id } of rows) await removeItems(database, id);
    await database.pool.query("delete from selections where id = any ($1::uuid[])", [rows.map((row) => row.id)]);
    total += rows.length;
    if (rows.length < 100) return total;
  }
}

/** Forgets the owner's oldest unused selections, so that `keep` are left: whoever selects without end fills no table. */
export async function dropSurplus(database: Database, owner: Actor, keep: number): Promise<void> {
  const { rows } = await database.pool.query<{ id: string }>(
    `select id from selections where owner_kind = $1 and owner_id = $2 and used_at is null
     order by created_at desc, id offset $3 limit 100`,
    [owner.kind, owner.id, keep],
  );
  for (const { id } of rows) {
    // Used meanwhile, it stays.
    const { rowCount } = await database.pool.query("delete from selections where id = $1 and used_at is null", [id]);
    if (rowCount) await removeItems(database, id);
  }
}

async function removeItems(database: Database, id: string): Promise<void> {
  for (;;) {
    const { rowCount } = await database.pool.query(
      `delete from selection_items where selection_id = $1 and no = any (array(
         select no from selection_items where selection_id = $1 order by no limit ${ROWS_A_ROUND}))`,
      [id],
    );
    if ((rowCount ?? 0) < ROWS_A_ROUND) return;
  }
}
