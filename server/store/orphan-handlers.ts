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
