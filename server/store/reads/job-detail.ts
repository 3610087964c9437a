import type { Pool } from "pg";
import type { JobDetail, JobTask } from "@/lib/api/job";
import { isTerminal } from "@/lib/job-status";
import type { JsonObject, JsonValue } from "@/lib/json";
import { type JobRowRecord, jobRowOf, ROW_COLUMNS, ROW_JOINS } from "./job-rows";

interface JobDetailRecord extends JobRowRecord {
  input: JsonObject;
  result: JsonValue;
  entry: number | null;
}

/** A job without what depends on the caller; null when there is none, or when it is not this client's (null: anyone's). */
export async function readJobDetail(
  pool: Pool,
  id: string,
  clientId: number | null,
): Promise<Omit<JobDetail, "can"> | null> {
  const { rows } = await pool.query<JobDetailRecord>(
    `with p as materialized (select * from jobs where id = $1 and ($2::int is null or client_id = $2))
     select ${ROW_COLUMNS}, p.input, p.result, entered.seq as entry
     from p ${ROW_JOINS}
     left join lateral (select e.seq from events e where e.job_id = p.id and e.kind = 2 order by e.seq desc limit 1) entered on true`,
    [id, clientId],
  );
  const record = rows[0];
  return record ? detailOf(record) : null;
}

function detailOf(record: JobDetailRecord): Omit<JobDetail, "can"> {
  const row = jobRowOf(record);
  return {
    ...row,
    id: record.id,
    current_state: record.state,
    entry: record.entry ?? 0,
    input: record.input,
    result: isTerminal(row.status) ? record.result : null,
    error_message: record.error?.message ?? null,
    transitions: record.transitions,
    progress_message: record.progress_message,
    metadata: (record.first?.metadata as JsonObject | undefined) ?? null,
    webhook_url: record.first?.webhook_url ?? null,
    client_id: record.client_id,
    blueprint_id: record.blueprint_id,
    blueprint_hash: record.blueprint_hash,
    approval_id: record.approval_no === null ? null : `${record.id}.${record.approval_no}`,
  };
}

/** Whose a job is and which document it is pinned to; null when there is none. By primary key. */
export async function readJobOwner(
  pool: Pool,
  id: string,
): Promise<{ clientId: number; blueprintId: number; status: number; version: number } | null> {
  const { rows } = await pool.query<{ client_id: number; blueprint_id: number; status: number; version: number }>(
    "select client_id, blueprint_id, status, version from jobs where id = $1",
    [id],
  );
  const row = rows[0];
  return row
    ? { clientId: row.client_id, blueprintId: row.blueprint_id, status: row.status, version: row.version }
    : null;
}

const TASK_STATUS_WORDS = ["queued", "queued", "running", "retrying", "held"] as const;

interface TaskRecord {
  no: number;
  type: string;
  status: number;
  attempt: number;
  fence: number;
  losses: number;
  branch: number | null;
  worker: string | null;
  priority: number;
  progress: number | null;
  progress_message: string | null;
  created_at: Date;
  due_at: Date | null;
  deadline_at: Date | null;
}

/** A job's open tasks in the order of their numbers, by primary key. */
export async function readOpenTasks(pool: Pool, id: string, limit: number): Promise<JobTask[]> {
  const { rows } = await pool.query<TaskRecord>(
    `select k.no, k.type, k.status, k.attempt, k.fence, k.losses, k.branch, coalesce(w.worker, k.worker) as worker, k.priority, k.progress,
            k.progress_message, k.created_at, k.due_at, k.deadline_at
     from tasks k left join worker_sessions w on w.id::text = k.worker where k.job_id = $1 order by k.no limit $2`,
    [id, limit],
  );
  return rows.map((row) => ({
    task_id: `${id}.${row.no}`,
    no: row.no,
    task_type: row.type,
    status: TASK_STATUS_WORDS[row.status] ?? "queued",
    attempt: row.attempt,
    fence: row.fence,
    losses: row.losses,
    branch: row.branch,
    worker: row.worker,
    priority: row.priority,
    progress: row.progress,
    progress_message: row.progress_message,
    created_at: row.created_at.toISOString(),
    due_at: row.due_at?.toISOString() ?? null,
    deadline_at: row.deadline_at?.toISOString() ?? null,
  }));
}
