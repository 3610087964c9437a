import { BlockRows } from "./block-columns";
import type { Database } from "./database";
import { type HeldLease, stillHeld } from "./leases";

/** Name of the lease under which a process runs handlers. */
export const handlerLease = (engineId: string) => `handlers:${engineId}`;

// The timers of running handlers name their engine; it lives as long as its lease. Serves itself from timers_due:
// handlers are few, and their timers lie within the next minute.
const EXPIRE = {
  name: "orphan_handlers_3",
  text: `update timers t set due_at = now()
    where t.key = 'handler' and t.due_at > now() and t.due_at < now() + interval '1 day' and t.data->>'engine' is not null
      and not exists (select from leases l where l.name = 'handlers:' || (t.data->>'engine') and l.until > now())
      and ${stillHeld(1)}`,
};

/** Makes the timers of handlers due whose engine is gone, so that the handlers run again elsewhere. Returns how many. */
export async function expireOrphanHandlers(database: Database, lease: HeldLease): Promise<number> {
  const { rowCount } = await database.pool.query({ ...EXPIRE, values: [lease.name, lease.epoch] });
  return rowCount ?? 0;
}

/** A handler that waits for a place in its process, and how long its timer has from now on. */
export interface PostponedHandler {
  jobId: string;
  /** The entry that it belongs to. */
  entry: number;
  timerMs: number;
}

const POSTPONED = {
  name: "postponed",
  columns: [
    ["id", "uuid"],
    ["entry", "int"],
    ["ms", "float8"],
  ],
} as const;

// One probe of the primary key for each.
const POSTPONE = {
  name: "postpone_handlers_1",
  text: `update timers t set due_at = now() + x.ms * interval '1 ms'
    from unnest($1::text::uuid[], $2::text::int[], $3::text::float8[]) as x(id, entry, ms)
    where t.job_id = x.id and t.key = 'handler' and (t.data->>'entry')::int = x.entry and t.data->>'engine' = $4`,
};

/** Sets the timers of handlers anew that this process has not come to yet. */
export async function postponeHandlers(
  database: Database,
  engineId: string,
  handlers: PostponedHandler[],
): Promise<void> {
  if (handlers.length === 0) return;
  const rows = new BlockRows(POSTPONED);
  for (const { jobId, entry, timerMs } of handlers) rows.add(jobId, jobId, entry, timerMs);
  await database.pool.query({ ...POSTPONE, values: [...rows.parameters(), engineId] });
}
