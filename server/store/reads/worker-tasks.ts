import type { Pool } from "pg";
import type { WorkerTask } from "@/lib/api/worker";
import { TASK_STATUS } from "@/server/engine/job";

interface Row {
  job_id: string;
  no: number;
  blueprint_name: string;
  type: string;
  status: number;
  attempt: number;
  progress: number | null;
  created_at: Date;
}

const MOST_TASKS = 200;

/**
 * What the sessions of a worker hold (by `worker_sessions_worker`, then `tasks_held` and `tasks_placed`), of this client's
 * jobs only (null: anyone's).
 */
export async function readWorkerTasks(pool: Pool, worker: string, clientId: number | null): Promise<WorkerTask[]> {
  const { rows } = await pool.query<Row>(
    `select k.job_id, k.no, b.name as blueprint_name, k.type, k.status, k.attempt, k.progress, k.created_at
     from worker_sessions w
     join tasks k on k.worker = w.id::text and k.status in (${TASK_STATUS.running}, ${TASK_STATUS.placed})
     join jobs j on j.id = k.job_id join blueprints b on b.id = j.blueprint_id
     where w.worker = $1 and w.renewed_at > now() - interval '1 day' and ($2::int is null or j.client_id = $2)
     order by k.created_at, k.job_id, k.no limit ${MOST_TASKS}`,
    [worker, clientId],
  );
  return rows.map((row) => ({
    task_id: `${row.job_id}.${row.no}`,
    job_id: row.job_id,
    blueprint_name: row.blueprint_name,
    task_type: row.type,
    status: row.status === TASK_STATUS.running ? "running" : "waiting",
    attempt: row.attempt,
    progress: row.progress,
    created_at: row.created_at.toISOString(),
  }));
}
