import { EVENT_KIND } from "@/lib/job-event";
import { type Check, ofStretch } from "./check";

const { job_cancelled, job_retried, job_paused, job_resumed, job_requeued, job_forked } = EVENT_KIND;
const { step_completed, priority_changed } = EVENT_KIND;

/** What operators ask for. A cancel goes down to children under the same name; only the one asked for is audited. */
const VERBS = [
  ...[job_cancelled, job_retried, job_paused, job_resumed, job_requeued, job_forked],
  ...[step_completed, priority_changed],
].join(", ");

/** What one row names exists. No foreign key says so: they would cost each step a trigger per row. */
export const referenceChecks: Check[] = [
  {
    id: "key_of_job",
    says: "Every idempotency key names a job",
    each: "database",
    sql: `select i.client_id || ' ' || i.key as id from idempotency i where not exists (select from jobs j where j.id = i.job_id)`,
  },
  {
    id: "job_blueprint",
    says: "Every job has its blueprint version",
    each: "jobs",
    sql: `select j.id::text as id from jobs j
      where ${ofStretch("j.id")} and not exists (select from blueprints b where b.id = j.blueprint_id)`,
  },
  {
    id: "job_client",
    says: "Every job has its client",
    each: "jobs",
    sql: `select j.id::text as id from jobs j
      where ${ofStretch("j.id")} and not exists (select from clients c where c.id = j.client_id)`,
  },
  {
    id: "job_parent",
    says: "Every child job has its parent",
    each: "jobs",
    sql: `select j.id::text as id from jobs j
      where ${ofStretch("j.id")} and j.parent_id is not null and not exists (select from jobs p where p.id = j.parent_id)`,
  },
  {
    id: "signal_of_job",
    says: "Every waiting signal is for a job that exists",
    each: "database",
    sql: `select s.id::text as id from signals s where not exists (select from jobs j where j.id = s.job_id)`,
  },
  {
    id: "sts_families",
    says: "Short-lived tokens of one family are one worker's, and when it is over none of them is good",
    each: "database",
    sql: `select s.family::text as id from worker_sts_tokens s group by s.family
      having count(distinct s.worker) > 1 or count(distinct s.origin) > 1 or count(distinct coalesce(s.token_id, 0)) > 1
        or (bool_or(s.used_at is not null and s.revoked_at is not null) and bool_or(s.revoked_at is null))`,
  },
  {
    id: "usage_of_month",
    says: "What a client used of its quota is counted by the month, and never less than nothing",
    each: "database",
    sql: `select u.client_id || ' ' || u.month as id from client_usage u
      where u.used < 0 or u.month <> date_trunc('month', u.month)::date`,
  },
  {
    id: "audited",
    says: "What a person did to a job is in the audit log, by itself or with many at once",
    each: "jobs",
    sql: `select e.job_id::text || ' ' || e.seq as id from events e join jobs j on j.id = e.job_id
      where ${ofStretch("e.job_id")} and e.kind in (${VERBS}) and j.parent_id is null
        and e.data->'by'->>'kind' = 'operator' and e.at < now() - interval '30 seconds'
        and not exists (select from audit a where a.actor_kind = 'operator' and a.actor_id = e.data->'by'->>'id'
          and (a.target_id = e.job_id::text or starts_with(a.action, 'bulk.')))`,
  },
];
