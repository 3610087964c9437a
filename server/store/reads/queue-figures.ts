import type { Pool } from "pg";
import { jobStatusOf } from "@/lib/job-status";
import { TASK_STATUS } from "@/server/engine/job";
import type { QueueFigures } from "@/server/metrics/queue-figures";
import { LEASE_SECONDS } from "./job-rows";

const { running, retry, held } = TASK_STATUS;

interface Row extends Omit<QueueFigures, "jobs"> {
  jobs: { status: number; count: number }[];
}

/** A web process holds a session of its own for the tasks that it hands out to remote workers: that is no worker. */
const WORKERS_HERE = `worker_sessions w where w.status = 0 and w.renewed_at > now() - interval '${LEASE_SECONDS} seconds'
  and not (w.kind = 1 and w.instance is not null)`;

const all = (query: string) => `coalesce((select json_agg(x) from (${query}) x), '[]'::json)`;

/** What is shown of queues, workers and open jobs, read in one statement: of open rows only, never of the history. */
export async function readQueueFigures(pool: Pool): Promise<QueueFigures> {
  const { rows } = await pool.query<Row>(
    `select ${all(`select type, case status when ${running} then 'running' when ${retry} then 'retry'
         when ${held} then 'held' else 'waiting' end as state, count(*)::int as count,
         (extract(epoch from now() - min(created_at)) * 1000)::float8 as "oldestAgeMs" from tasks group by 1, 2`)} as tasks,
       ${all(`select s.type, count(distinct w.worker)::int as workers from ${WORKERS_HERE.replace(" where", ", unnest(w.skills) as s(type) where")}
         and not w.draining group by 1`)} as served,
       coalesce((select json_agg(type) from queues where paused_at is not null), '[]'::json) as paused,
       ${all("select blueprint, count(*)::int as count from quarantine group by 1 order by 2 desc")} as quarantined,
       ${all("select status, count(*)::int as count from jobs where status <> 20 and status < 20 group by 1")} as jobs,
       (select json_build_object('live', count(*) filter (where not w.draining), 'draining', count(*) filter (where w.draining))
          from ${WORKERS_HERE}) as workers`,
  );
  const [row] = rows;
  if (!row) throw new Error("a statement without a table gave no row");
  return { ...row, jobs: row.jobs.map(({ status, count }) => ({ status: jobStatusOf(status), count })) };
}
