import { EVENT_KIND } from "@/lib/job-event";
import { JOB_STATUS } from "@/lib/job-status";
import { TASK_STATUS } from "@/server/engine/job";
import { type Check, ofStretch } from "./check";

const { task_finished, task_failed } = EVENT_KIND;

/** The counters of fan-outs, against the branches themselves. */
export const fanInChecks: Check[] = [
  {
    id: "group_pending",
    says: "A fan-out counts as pending exactly the branches that are open",
    each: "jobs",
    sql: `select g.job_id::text || '.' || g.no as id from groups g
      where ${ofStretch("g.job_id")}
        and g.pending <> (select count(*) from tasks k where k.job_id = g.job_id and k.group_no = g.no)`,
  },
  {
    id: "group_ended",
    says: "A fan-out counts as ended exactly the branches whose end is in the history",
    each: "jobs",
    sql: `select g.job_id::text || '.' || g.no as id from groups g,
        lateral (select count(*) as n from events e where e.job_id = g.job_id
          and (e.kind = ${task_finished} or (e.kind = ${task_failed} and (e.data->>'final')::boolean))
          and (e.data->>'n')::int >= g.no and (e.data->>'n')::int < g.no + g.expected) ended
      where ${ofStretch("g.job_id")} and g.expected - g.pending <> ended.n`,
  },
  {
    id: "group_failed",
    says: "No fan-out goes on with more failures than it tolerates",
    each: "jobs",
    sql: `select g.job_id::text || '.' || g.no as id from groups g where ${ofStretch("g.job_id")} and g.failed > g.tolerate`,
  },
  {
    id: "group_of_branch",
    says: "Every open branch belongs to a fan-out that is under way",
    each: "jobs",
    sql: `select k.job_id::text || '.' || k.no as id from tasks k
      where ${ofStretch("k.job_id")} and k.group_no is not null
        and not exists (select from groups g where g.job_id = k.job_id and g.no = k.group_no)`,
  },
  {
    id: "held_freed",
    says: "A task is held back only by its fan-out's limit or because its job is paused",
    each: "jobs",
    sql: `select k.job_id::text || '.' || k.no as id from tasks k join jobs j on j.id = k.job_id
      where ${ofStretch("k.job_id")} and k.status = ${TASK_STATUS.held} and j.status <> ${JOB_STATUS.paused.code}
        and not exists (select from tasks b where b.job_id = k.job_id and b.group_no = k.group_no and b.status <> ${TASK_STATUS.held})`,
  },
];
