import { EVENT_KIND } from "@/lib/job-event";
import { FIRST_TERMINAL_CODE, JOB_STATUS } from "@/lib/job-status";
import { APPROVAL_STATUS } from "@/server/engine/writes";
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
  const { rowCount } = await database.pool.query(QUARANTINE, [
    job.id,
    job.version,
    reason.code,
    reason.message.slice(0, 4000),
  ]);
  return (rowCount ?? 0) > 0;
}

/** Forgets signals of a job that is in quarantine, left or not. */
export async function forgetSignals(database: Database, ids: string[]): Promise<void> {
  if (ids.length > 0) await database.pool.query("delete from signals where id = any ($1::bigint[])", [ids]);
}
