import { EVENT_KIND } from "@/lib/job-event";
import type { Database } from "./database";
import { type HeldLease, stillHeld } from "./leases";
import { lowestIdAt } from "./partitions";
import { SESSION_KIND } from "./schema/workers";

const IS_REMOTE = `exists (select from worker_sessions s where s.worker = x.worker and s.kind = ${SESSION_KIND.http})`;

/** Adds to the reputations of remote workers; those of other workers are not kept. They stay between 0 and 1. */
export async function addReputation(database: Database, deltas: ReadonlyMap<string, number>): Promise<void> {
  if (deltas.size === 0) return;
  await database.pool.query({
    name: "reputation_add_1",
    text: `insert into worker_reputations as r (worker, reputation, updated_at)
      select x.worker, greatest(0, least(1, coalesce(o.reputation, 1) + x.delta)), clock_timestamp()
      from unnest($1::text[], $2::real[]) as x(worker, delta) left join worker_reputations o on o.worker = x.worker
      where ${IS_REMOTE} order by x.worker
      on conflict (worker) do update set reputation = excluded.reputation, updated_at = excluded.updated_at
      where r.reputation <> excluded.reputation`,
    values: [[...deltas.keys()], [...deltas.values()]],
  });
}

const DAY_MS = 24 * 3_600_000;
const DAYS = 30;
/** Of a longer history a part is drawn by chance. */
const MOST_EVENTS = 2_000_000;
const { task_finished, task_failed } = EVENT_KIND;

/**
 * Computes the reputations anew, out of what the last 30 days say and, for three tenths, what they were: 0.1 at least, so
 * that a worker that was bad can come back. Attempts that the engine ended itself count for nobody. Returns how many
 * changed; none when the lease is another's by now.
 */
export async function recomputeReputations(database: Database, lease: HeldLease, now: number): Promise<number> {
  const { rowCount } = await database.pool.query(
    `with size as (select greatest(1, sum(greatest(c.reltuples, 0))) as n from pg_class c
         join pg_inherits i on i.inhrelid = c.oid where i.inhparent = 'events'::regclass),
       told as (select e.data->>'worker' as worker, count(*) filter (where e.kind = ${task_finished}) as good, count(*) as total
         from events e tablesample system ((select least(100, 100.0 * ${MOST_EVENTS} / n) from size))
         where e.job_id >= $1::uuid and e.at >= $2::timestamptz and e.kind in (${task_finished}, ${task_failed})
           and (e.kind = ${task_finished} or e.data->>'outcome' is not null)
         group by 1),
       anew as (select r.worker, round(greatest(0.1, least(1, 0.7 * t.good / t.total + 0.3 * r.reputation))::numeric, 4)::real as reputation
         from worker_reputations r join told t on t.worker = r.worker)
     update worker_reputations r set reputation = anew.reputation, updated_at = clock_timestamp() from anew
     where r.worker = anew.worker and r.reputation <> anew.reputation and ${stillHeld(3)}`,
    [lowestIdAt(now - DAYS * DAY_MS), new Date(now - DAYS * DAY_MS), lease.name, lease.epoch],
  );
  return rowCount ?? 0;
}
