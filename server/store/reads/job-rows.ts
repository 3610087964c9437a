import type { Pool } from "pg";
import type { JobRow, WaitingFor } from "@/lib/api/job";
import type { Actor } from "@/lib/job-event";
import {
  type DisplayStatus,
  displayStatusOf,
  isTerminal,
  JOB_STATUS,
  JOB_STATUSES,
  type JobStatus,
  jobStatusOf,
} from "@/lib/job-status";
import { type JobFilter, jobsWhere } from "./job-filter";

/** A session that was not renewed for this long listens to nothing any more. */
export const LEASE_SECONDS = 30;

/** Everything a line of the list shows beside the job's own row; each part is read for the jobs of one page only. */
export const ROW_COLUMNS = `
  p.id, p.client_id, p.blueprint_id, p.version, p.status, p.state, p.transitions, p.labels, p.created_at, p.updated_at, p.finished_at, p.error,
  b.name as blueprint_name, b.version as blueprint_version, b.hash as blueprint_hash, c.name as client_name,
  first.data as first, g.expected, g.pending, g.failed, t.running, t.type as task_type, t.retry_at, t.progress, t.progress_message,
  t.listening, a.no as approval_no, a.message as approval_message, a.deadline_at as approval_deadline,
  wait.data as wait, wait_due.due_at as wait_due, child.blueprint_name as child_name`;

/** Serves each job of a page by primary keys: its blueprint, client, first event, fan-out, single task, open approval. */
export const ROW_JOINS = `
  join blueprints b on b.id = p.blueprint_id
  join clients c on c.id = p.client_id
  left join lateral (select e.data from events e where e.job_id = p.id and e.seq = 1) first on true
  left join lateral (select g.expected, g.pending, g.failed from groups g where g.job_id = p.id order by g.no desc limit 1) g on p.status = 4
  left join lateral (
    select k.status = 2 as running, k.type, k.progress, k.progress_message,
           case when k.status = 3 then k.due_at end as retry_at,
           exists (select 1 from worker_sessions w
                   where w.status = 0 and w.renewed_at > now() - interval '${LEASE_SECONDS} seconds' and k.type = any (w.skills)) as listening
    from tasks k where k.job_id = p.id order by k.no limit 1) t on p.status in (2, 6)
  left join lateral (
    select a.no, a.message, a.deadline_at from approvals a where a.job_id = p.id and a.status = 0 order by a.no desc limit 1) a on p.status = 3
  left join lateral (select e.data from events e where e.job_id = p.id and e.kind = 24 order by e.seq desc limit 1) wait on p.status = 7
  left join timers wait_due on p.status = 7 and wait_due.job_id = p.id and wait_due.key = 'wait'
  left join lateral (
    select cb.name as blueprint_name from jobs c join blueprints cb on cb.id = c.blueprint_id
    where c.parent_id = p.id order by c.id desc limit 1) child on p.status = 5`;

export interface JobRowRecord {
  id: string;
  client_id: number;
  blueprint_id: number;
  version: number;
  status: number;
  state: string;
  transitions: number;
  labels: Record<string, string> | null;
  created_at: Date;
  updated_at: Date;
  finished_at: Date | null;
  error: { code: string; message: string; state?: string } | null;
  blueprint_name: string;
  blueprint_version: number;
  blueprint_hash: string;
  client_name: string;
  first: {
    starter?: Actor;
    metadata?: Record<string, unknown>;
    webhook_url?: string;
    priority?: number;
    dispatch_timeout?: number;
    result_timeout?: number;
    trace?: Record<string, string>;
    parent?: { job_id: string };
    forked_from?: { job_id: string; seq: number; state: string };
  } | null;
  expected: number | null;
  pending: number | null;
  failed: number | null;
  running: boolean | null;
  task_type: string | null;
  retry_at: Date | null;
  progress: number | null;
  progress_message: string | null;
  listening: boolean | null;
  approval_no: number | null;
  approval_message: string | null;
  approval_deadline: Date | null;
  wait: { signal?: string } | null;
  wait_due: Date | null;
  child_name: string | null;
}

/**
 * A page of jobs, newest first, with one more than `limit` read to know whether there is a next one. With statuses the
 * page is merged from one range of `jobs_by_status` each; else it is a range of the primary key or of `jobs_by_client`.
 */
export async function readJobRows(
  pool: Pool,
  filter: JobFilter,
  limit: number,
  offset = 0,
): Promise<{ rows: JobRow[]; next: string | null }> {
  const { from, values } = jobsWhere(filter, limit + 1, offset);
  const { rows } = await pool.query<JobRowRecord>(
    `with p as materialized (${from}) select ${ROW_COLUMNS} from p ${ROW_JOINS} order by p.id desc`,
    values,
  );
  const page = rows.slice(0, limit);
  return { rows: page.map(jobRowOf), next: rows.length > limit ? (page.at(-1)?.id ?? null) : null };
}

/** The wire's row. */
export function jobRowOf(record: JobRowRecord): JobRow {
  const status = jobStatusOf(record.status);
  return {
    job_id: record.id,
    status,
    display_status: displayStatusOf(status, record.running === true),
    state: record.state,
    blueprint_name: record.blueprint_name,
    blueprint_version: record.blueprint_version,
    version: record.version,
    created_at: record.created_at.toISOString(),
    updated_at: record.updated_at.toISOString(),
    finished_at: record.finished_at?.toISOString() ?? null,
    labels: record.labels ?? {},
    waiting_for: waitingForOf(record, status),
    error: record.error,
    progress: progressOf(record),
    client_name: record.client_name,
    starter: record.first?.starter ?? null,
    parent_id: record.first?.parent?.job_id ?? null,
  };
}

function progressOf(record: JobRowRecord): JobRow["progress"] {
  const { expected, pending, failed, progress, progress_message } = record;
  if (expected !== null && pending !== null) return { done: expected - pending, total: expected, failed: failed ?? 0 };
  return progress === null ? null : { done: progress, total: 1, message: progress_message };
}

function waitingForOf(record: JobRowRecord, status: JobStatus): WaitingFor | null {
  if (isTerminal(status)) return null;
  const { task_type: type, retry_at, approval_message, approval_deadline } = record;
  switch (status) {
    case "waiting_for_worker":
      if (record.running) return null;
      return { kind: record.listening === false ? "no_worker" : "worker", detail: type, until: null };
    case "awaiting_retry":
      return { kind: type ? "retry" : "handler", detail: type ?? record.state, until: retry_at?.toISOString() ?? null };
    case "waiting_for_human":
      return { kind: "approval", detail: approval_message, until: approval_deadline?.toISOString() ?? null };
    case "waiting_for_parallel_tasks":
      return { kind: "branches", detail: null, until: null };
    case "waiting_for_sub_job":
      return { kind: "child", detail: record.child_name, until: null };
    case "waiting": {
      const signal = record.wait?.signal ?? null;
      return {
        kind: signal === null ? "timer" : "signal",
        detail: signal,
        until: record.wait_due?.toISOString() ?? null,
      };
    }
    case "running":
      return { kind: "handler", detail: record.state, until: null };
    default:
      return status === "quarantined" || status === "paused" ? { kind: "operator", detail: null, until: null } : null;
  }
}

/** A status word of the list's filter, as conditions: shown words stand for several stored statuses. */
export function statusesOf(words: readonly (JobStatus | DisplayStatus)[]): { code: number; started: boolean | null }[] {
  const found = new Map<number, boolean | null>();
  const add = (code: number, started: boolean | null) => {
    const known = found.get(code);
    found.set(code, known === undefined || known === started ? started : null);
  };
  for (const word of words) {
    if (Object.hasOwn(JOB_STATUS, word)) add(JOB_STATUS[word as JobStatus].code, null);
    if (word === "queued") add(JOB_STATUS.waiting_for_worker.code, false);
    for (const status of JOB_STATUSES) {
      if (JOB_STATUS[status].display !== word || Object.hasOwn(JOB_STATUS, word)) continue;
      add(JOB_STATUS[status].code, status === "waiting_for_worker" ? true : null);
    }
  }
  return [...found].map(([code, started]) => ({ code, started }));
}
