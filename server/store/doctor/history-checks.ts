import { EVENT_KIND } from "@/lib/job-event";
import { FIRST_TERMINAL_CODE } from "@/lib/job-status";
import { type Check, ofStretch } from "./check";

const { job_created, job_cancelled, job_failed, job_completed, job_retried, job_requeued, job_forked } = EVENT_KIND;
const { task_started, task_finished, task_failed, task_redelivered, tasks_aggregated } = EVENT_KIND;

const ENDS = [job_cancelled, job_failed, job_completed].join(", ");
/** An operator's verbs, which alone may follow an end: those that take the job up again, and one that only notes. */
const REOPENS = [job_retried, job_requeued].join(", ");
const NOTES_AFTER_END = `${job_forked}`;

/** What a job's events say of each other and of its row. */
export const historyChecks: Check[] = [
  {
    id: "event_numbers",
    says: "The events of each job are numbered from 1 to its version, without a gap",
    each: "jobs",
    sql: `select j.id::text as id from jobs j
      left join (select job_id, count(*) as n, min(seq) as low, max(seq) as high from events
        where ${ofStretch("job_id")} group by job_id) e on e.job_id = j.id
      where ${ofStretch("j.id")} and (e.job_id is null or e.n <> j.version or e.low <> 1 or e.high <> j.version)`,
  },
  {
    id: "event_owner",
    says: "Every event belongs to a job",
    each: "jobs",
    sql: `select distinct e.job_id::text as id from events e
      where ${ofStretch("e.job_id")} and not exists (select from jobs j where j.id = e.job_id)`,
  },
  {
    id: "event_partition",
    says: "No event lies in the partition for ids from a clock that jumped",
    each: "database",
    sql: "select job_id::text || ' ' || seq as id from events_default",
  },
  {
    id: "created_first",
    says: "Each job was created by its first event, and by no other",
    each: "jobs",
    sql: `select e.job_id::text as id from events e
      where ${ofStretch("e.job_id")} and (e.seq = 1) <> (e.kind = ${job_created})`,
  },
  {
    id: "end_last",
    says: "Nothing follows the end of a job but what an operator asked for",
    each: "jobs",
    sql: `select id from (select job_id::text as id, kind, lag(kind) over (partition by job_id order by seq) as before
        from events where ${ofStretch("job_id")} and kind not in (${NOTES_AFTER_END})) e
      where before in (${ENDS}) and kind not in (${REOPENS})`,
  },
  {
    id: "end_and_status",
    says: "A job has ended by its status exactly when its last event says so",
    each: "jobs",
    sql: `select j.id::text as id from jobs j,
        lateral (select e.kind from events e where e.job_id = j.id and e.kind not in (${NOTES_AFTER_END})
          order by e.seq desc limit 1) e
      where ${ofStretch("j.id")} and (e.kind in (${ENDS})) <> (j.status >= ${FIRST_TERMINAL_CODE})`,
  },
  {
    id: "result_once",
    says: "No task has ended twice",
    each: "jobs",
    sql: `select job_id::text || '.' || (data->>'n') as id from events
      where ${ofStretch("job_id")} and (kind = ${task_finished} or (kind = ${task_failed} and (data->>'final')::boolean))
      group by job_id, data->>'n' having count(*) > 1`,
  },
  {
    id: "result_current",
    says: "Every start, result and failure that counted came from the attempt that was current",
    each: "jobs",
    sql: `select job_id::text || '.' || n || '.' || fence as id from (
        select job_id, kind, data->>'n' as n, (data->>'fence')::int as fence,
          max(case when kind = ${task_redelivered} then (data->>'fence')::int else 1 end)
            over (partition by job_id, data->>'n' order by seq) as current
        from events where ${ofStretch("job_id")}
          and kind in (${task_started}, ${task_finished}, ${task_failed}, ${task_redelivered})) e
      where kind <> ${task_redelivered} and fence <> current`,
  },
  {
    id: "aggregated_once",
    says: "Each fan-out was brought together at most once",
    each: "jobs",
    sql: `select job_id::text || '.' || (data->>'n0') as id from events
      where ${ofStretch("job_id")} and kind = ${tasks_aggregated} group by job_id, data->>'n0' having count(*) > 1`,
  },
];
