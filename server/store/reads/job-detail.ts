import type { Pool } from "pg";
import type { JobDetail, JobTask } from "@/lib/api/job";
import { type Actor, EVENT_KIND } from "@/lib/job-event";
import { isTerminal, JOB_STATUS, jobStatusOf } from "@/lib/job-status";
import type { JsonObject, JsonValue } from "@/lib/json";
import { withoutSecurity } from "./history";
import { type JobRowRecord, jobRowOf, ROW_COLUMNS, ROW_JOINS } from "./job-rows";

interface JobDetailRecord extends JobRowRecord {
  parent_id: string | null;
  process_id: string | null;
  input: JsonObject;
  result: JsonValue;
  entry: number | null;
  requeued_input: JsonObject | null;
  priority: number | null;
  pause: { by: Actor; reason?: string } | null;
  paused_at: Date | null;
  parent: JobRefRecord | null;
  children: number;
  child_id: string | null;
  forks: { fork: string; seq: number; state: string; by: Actor; at: string }[] | null;
}

interface JobRefRecord {
  id: string;
  blueprint_name: string;
  status: number;
  state: string;
}

const { job_paused, job_requeued, job_forked, priority_changed, state_entered } = EVENT_KIND;
const MOST_FORKS = 50;
const MOST_CHILDREN = 1000;

/** The last event of a kind that people cause; by the partial index `events_of_operators`. */
const lastOf = (kind: number, more = "") =>
  `select e.data, e.at from events e where e.job_id = p.id and e.kind = ${kind} ${more} order by e.seq desc limit 1`;

const DETAIL = `with p as materialized (select * from jobs where id = $1 and ($2::int is null or client_id = $2))
  select ${ROW_COLUMNS}, p.parent_id, p.process_id, p.input, p.result, entered.seq as entry,
    (select x.data->'input' from (${lastOf(job_requeued, "and e.data->'input' is not null")}) x) as requeued_input,
    (select (x.data->>'priority')::float8 from (${lastOf(priority_changed)}) x) as priority,
    pause.data as pause, pause.at as paused_at,
    (select json_build_object('id', q.id, 'blueprint_name', qb.name, 'status', q.status, 'state', q.state)
      from jobs q join blueprints qb on qb.id = q.blueprint_id where q.id = p.parent_id) as parent,
    (select count(*)::int from (select 1 from jobs c where c.parent_id = p.id limit ${MOST_CHILDREN}) c) as children,
    (select c.id from jobs c where c.parent_id = p.id order by c.id desc limit 1) as child_id,
    (select json_agg(json_build_object('fork', f.data->>'fork', 'seq', (f.data->>'seq')::int, 'state', f.data->>'state', 'by', f.data->'by', 'at', f.at))
      from (select * from events e where e.job_id = p.id and e.kind = ${job_forked} order by e.seq desc limit ${MOST_FORKS}) f) as forks
  from p ${ROW_JOINS}
  left join lateral (select e.seq from events e where e.job_id = p.id and e.kind = ${state_entered} order by e.seq desc limit 1) entered on true
  left join lateral (${lastOf(job_paused)}) pause on p.status = ${JOB_STATUS.paused.code}`;

/** What else is known of the job from the same rows. */
export interface JobDetailMore {
  child_job_id: string | null;
  /** Seconds. */
  dispatch_timeout: number | null;
  result_timeout: number | null;
  trace: Record<string, string>;
}

/** A job without what depends on the caller, and what else its rows tell; null when there is none, or it is not this client's. */
export async function readJobAndMore(
  pool: Pool,
  id: string,
  clientId: number | null,
): Promise<{ detail: Omit<JobDetail, "can">; more: JobDetailMore } | null> {
  const { rows } = await pool.query<JobDetailRecord>(DETAIL, [id, clientId]);
  const record = rows[0];
  return record ? { detail: detailOf(record), more: moreOf(record) } : null;
}

/** A job without what depends on the caller; null when there is none, or when it is not this client's (null: anyone's). */
export async function readJobDetail(
  pool: Pool,
  id: string,
  clientId: number | null,
): Promise<Omit<JobDetail, "can"> | null> {
  return (await readJobAndMore(pool, id, clientId))?.detail ?? null;
}

function detailOf(record: JobDetailRecord): Omit<JobDetail, "can"> {
  const row = jobRowOf(record);
  const { first, pause, paused_at, parent, forks } = record;
  return {
    ...row,
    id: record.id,
    current_state: record.state,
    entry: record.entry ?? 0,
    input: record.requeued_input ?? record.input,
    result: isTerminal(row.status) ? record.result : null,
    error_message: record.error?.message ?? null,
    transitions: record.transitions,
    progress_message: record.progress_message,
    metadata: first?.metadata ? withoutSecurity(first.metadata as JsonObject) : null,
    webhook_url: first?.webhook_url ?? null,
    client_id: record.client_id,
    process_id: record.process_id,
    blueprint_id: record.blueprint_id,
    blueprint_hash: record.blueprint_hash,
    approval_id: record.approval_no === null ? null : `${record.id}.${record.approval_no}`,
    priority: record.priority ?? first?.priority ?? null,
    paused: pause && paused_at ? { by: pause.by, reason: pause.reason ?? null, at: paused_at.toISOString() } : null,
    parent: parent && {
      job_id: parent.id,
      blueprint_name: parent.blueprint_name,
      status: jobStatusOf(parent.status),
      state: parent.state,
    },
    children: record.children,
    forked_from: first?.forked_from ?? null,
    forks: (forks ?? []).map(({ fork, seq, state, by, at }) => ({
      job_id: fork,
      seq,
      state,
      by,
      at: new Date(at).toISOString(),
    })),
  };
}

function moreOf({ first, child_id }: JobDetailRecord): JobDetailMore {
  return {
    child_job_id: child_id,
    dispatch_timeout: first?.dispatch_timeout ?? null,
    result_timeout: first?.result_timeout ?? null,
    trace: first?.trace ?? {},
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

const TASK_STATUS_WORDS = ["queued", "queued", "running", "retrying", "held", "queued", "queued"] as const;

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
