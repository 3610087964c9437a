import type { Pool } from "pg";
import type { DashboardCounts } from "@/lib/api/overview";
import { jobStatusOf } from "@/lib/job-status";
import { TASK_STATUS } from "@/server/engine/job";
import { LEASE_SECONDS } from "./job-rows";

const { backlog, announced, unplaced, placed } = TASK_STATUS;

/** Jobs of a client (null: everybody's) by status, whenever they were; its tasks that nobody has begun; workers that are here. */
export async function countForDashboard(pool: Pool, clientId: number | null): Promise<DashboardCounts> {
  const [jobs, queued, workers] = await Promise.all([
    pool.query<{ status: number; count: number }>(
      "select status, count(*)::int as count from jobs where $1::int is null or client_id = $1 group by status",
      [clientId],
    ),
    pool.query<{ count: number }>(
      `select count(*)::int as count from tasks k where k.status in (${[backlog, announced, unplaced, placed].join(", ")})
         and ($1::int is null or exists (select 1 from jobs j where j.id = k.job_id and j.client_id = $1))`,
      [clientId],
    ),
    // A web process holds a session of its own for the tasks that it hands out to remote workers.
    pool.query<{ count: number }>(
      `select count(distinct w.worker)::int as count from worker_sessions w
       where w.status = 0 and w.renewed_at > now() - interval '${LEASE_SECONDS} seconds' and not (w.kind = 1 and w.instance is not null)`,
    ),
  ]);
  const byStatus = Object.fromEntries(jobs.rows.map(({ status, count }) => [jobStatusOf(status), count]));
  return {
    workers: { total: workers.rows[0]?.count ?? 0 },
    jobs: { queued: queued.rows[0]?.count ?? 0, ...byStatus },
  };
}
