import { EVENT_KIND } from "@/lib/job-event";
import { FIRST_TERMINAL_CODE, JOB_STATUS } from "@/lib/job-status";
import type { ChildReport } from "@/server/engine/signal";
import { APPROVAL_STATUS } from "@/server/engine/writes";
import { partitionOf } from "@/server/queue/partition";
import type { Database } from "./database";

const QUARANTINED = JOB_STATUS.quarantined.code;

// The guarded commit of the turn, for one job whose events are not read: what it waits for goes, whatever it was.
const QUARANTINE = `with
  u as (update jobs set version = version + 1, status = ${QUARANTINED}, updated_at = now(),
      error = json_build_object('code', $3::text, 'message', $4::text, 'state', state)
    where id = $1 and version = $2 and status < ${FIRST_TERMINAL_CODE} and status <> ${QUARANTINED} returning id, version),
  e as (insert into events (job_id, seq, kind, at, data)
    select id, version, ${EVENT_KIND.job_quarantined}, now(), json_build_object('code', $3::text, 'message', $4::text) from u),
  k as (delete from tasks using u where job_id = u.id),
  g as (delete from groups using u where job_id = u.id),
  m as (delete from timers using u where job_id = u.id),
  a as (update approvals set status = ${APPROVAL_STATUS.withdrawn}, closed_at = now() from u
    where job_id = u.id and status = ${APPROVAL_STATUS.open}),
  s as (insert into signals (lane, job_id, body) select $5::smallint, $6::uuid, $7::text from u where $6::uuid is not null),
  w as (insert into turns (xid, at, jobs, versions)
    select pg_current_xact_id()::text::bigint, now(), array_agg(u.id), array_agg(u.version) from u having count(*) > 0)
  select id from u`;

/**
 * Puts a job into quarantine without reading its history, because nobody here can: by the same event that an engine would
 * have written. False when the job has changed since, has ended, or is in quarantine already.
 */
export async function quarantineUnread(
  database: Database,
  job: { id: string; version: number },
  reason: { code: string; message: string },
): Promise<boolean> {
  const message = reason.message.slice(0, 4000);
  const report = await reportOf(database, job.id, { code: reason.code, message });
  const { rowCount } = await database.pool.query(QUARANTINE, [job.id, job.version, reason.code, message, ...report]);
  return (rowCount ?? 0) > 0;
}

/** What its parent hears, as a row of `signals`; nulls for a job without a parent. */
async function reportOf(database: Database, child: string, error: { code: string; message: string }) {
  const { rows } = await database.pool.query<{ parent: string | null; no: number }>(
    "select parent_id as parent, parent_task as no from jobs where id = $1",
    [child],
  );
  const [row] = rows;
  if (!row?.parent) return [null, null, null];
  const report: ChildReport = {
    kind: "child_ended",
    jobId: row.parent,
    no: row.no,
    child,
    status: "quarantined",
    error,
  };
  return [partitionOf(row.parent), row.parent, JSON.stringify(report)];
}

/** Forgets signals of a job that is in quarantine, left or not. */
export async function forgetSignals(database: Database, ids: string[]): Promise<void> {
  if (ids.length > 0) await database.pool.query("delete from signals where id = any ($1::bigint[])", [ids]);
}
