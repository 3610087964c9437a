import type { Pool } from "pg";
import { TASK_STATUS } from "@/server/engine/job";
import { LEASE_SECONDS } from "./job-rows";

/** Open tasks of one type that nobody runs now, and who could. */
export interface WaitingQueue {
  type: string;
  waiting: number;
  /** Epoch milliseconds since which the oldest of them is there. */
  oldestAt: number;
  /** Live sessions that serve the type, those that drain not counted. */
  live: number;
  paused: boolean;
}

const { backlog, announced, unplaced, placed } = TASK_STATUS;

/** Task types with open tasks that wait for a worker, the largest first; at most a thousand. */
export async function readWaitingQueues(pool: Pool): Promise<WaitingQueue[]> {
  const { rows } = await pool.query<Omit<WaitingQueue, "oldestAt"> & { oldest: Date }>(
    `select t.type, count(*)::int as waiting, min(t.created_at) as oldest,
       (select count(*)::int from worker_sessions w where t.type = any (w.skills) and w.status = 0 and not w.draining
         and w.renewed_at > now() - interval '${LEASE_SECONDS} seconds' and not (w.kind = 1 and w.instance is not null)) as live,
       exists (select from queues q where q.type = t.type and q.paused_at is not null) as paused
     from tasks t where t.status in (${backlog}, ${announced}, ${unplaced}, ${placed})
     group by t.type order by 2 desc limit 1000`,
  );
  return rows.map(({ oldest, ...row }) => ({ ...row, oldestAt: oldest.getTime() }));
}

/** How many open tasks of these types wait for a worker; counted up to a thousand. */
export async function countWaiting(pool: Pool, types: string[]): Promise<number> {
  const { rows } = await pool.query<{ waiting: number }>(
    `select count(*)::int as waiting from (select from tasks where type = any ($1::text[])
       and status in (${backlog}, ${announced}, ${unplaced}, ${placed}) limit 1000) t`,
    [types],
  );
  return rows[0]?.waiting ?? 0;
}
