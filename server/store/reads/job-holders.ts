import type { Pool } from "pg";
import { TASK_STATUS } from "@/server/engine/job";
import { SESSION_KIND } from "@/server/store/schema/workers";

/** Whether a remote worker holds a task of the job now. */
export async function holdsTaskOf(pool: Pool, worker: string, jobId: string): Promise<boolean> {
  const { rowCount } = await pool.query(
    `select from tasks k join worker_sessions s on s.id::text = k.worker and s.kind = ${SESSION_KIND.http}
     where k.job_id = $1 and k.status = ${TASK_STATUS.running} and s.worker = $2 limit 1`,
    [jobId, worker],
  );
  return (rowCount ?? 0) > 0;
}
