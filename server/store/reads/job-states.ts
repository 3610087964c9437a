import type { Pool } from "pg";
import { type JobStatus, jobStatusOf } from "@/lib/job-status";
import type { JsonValue } from "@/lib/json";

/** How a job stands, from its row alone. */
export interface JobStateRow {
  status: JobStatus;
  state: string;
  result: JsonValue;
  error: { code: string; message: string; state?: string } | null;
}

/** Null when there is no such job. */
export async function readJobState(pool: Pool, jobId: string): Promise<JobStateRow | null> {
  const { rows } = await pool.query<Omit<JobStateRow, "status"> & { status: number }>({
    name: "job_state_1",
    text: "select status, state, result, error from jobs where id = $1::uuid",
    values: [jobId],
  });
  const [row] = rows;
  return row ? { ...row, status: jobStatusOf(row.status) } : null;
}

/** Number of the approval that a job waits for; null when it waits for none. */
export async function openApprovalOf(pool: Pool, jobId: string): Promise<number | null> {
  const { rows } = await pool.query<{ no: number }>(
    "select no from approvals where job_id = $1::uuid and status = 0 order by no desc limit 1",
    [jobId],
  );
  return rows[0]?.no ?? null;
}

/** Whose job it is; null when there is no such job. */
export async function clientOfJob(pool: Pool, jobId: string): Promise<number | null> {
  const { rows } = await pool.query<{ client: number }>("select client_id as client from jobs where id = $1::uuid", [
    jobId,
  ]);
  return rows[0]?.client ?? null;
}

/** Whether the job is one of this blueprint. */
export async function isJobOf(pool: Pool, jobId: string, blueprint: string): Promise<boolean> {
  const { rowCount } = await pool.query(
    "select 1 from jobs j join blueprints b on b.id = j.blueprint_id where j.id = $1::uuid and b.name = $2",
    [jobId, blueprint],
  );
  return rowCount === 1;
}
