import type { Pool } from "pg";
import type { LiveProgress } from "@/lib/api/live";

/** Which of these jobs have a task that a worker has begun. By the tasks' primary key. */
export async function readStarted(pool: Pool, jobIds: readonly string[]): Promise<Set<string>> {
  const { rows } = await pool.query<{ job_id: string }>(
    "select distinct job_id from tasks where job_id = any ($1::uuid[]) and status = 2",
    [jobIds],
  );
  return new Set(rows.map((row) => row.job_id));
}

/** The last progress of the running tasks of these jobs, those without any left out. By the tasks' primary key. */
export async function readProgress(pool: Pool, jobIds: readonly string[]): Promise<LiveProgress[]> {
  const { rows } = await pool.query<{ job_id: string; no: number; progress: number; progress_message: string | null }>(
    `select job_id, no, progress, progress_message from tasks
     where job_id = any ($1::uuid[]) and status = 2 and progress is not null order by job_id, no`,
    [jobIds],
  );
  const byJob = new Map<string, LiveProgress>();
  for (const row of rows) {
    const found = byJob.get(row.job_id) ?? { job_id: row.job_id, tasks: [] };
    found.tasks.push({ no: row.no, progress: row.progress, message: row.progress_message });
    byJob.set(row.job_id, found);
  }
  return [...byJob.values()];
}

/** The last event's number of each of these jobs that the client may see (null: all); absent ones are not its. */
export async function readVersions(
  pool: Pool,
  jobIds: readonly string[],
  clientId: number | null,
): Promise<Map<string, number>> {
  const { rows } = await pool.query<{ id: string; version: number }>(
    "select id, version from jobs where id = any ($1::uuid[]) and ($2::int is null or client_id = $2)",
    [jobIds, clientId],
  );
  return new Map(rows.map((row) => [row.id, row.version]));
}
