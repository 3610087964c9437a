import { EVENT_KIND } from "@/lib/job-event";
import { FIRST_TERMINAL_CODE, JOB_STATUS } from "@/lib/job-status";
import { TASK_STATUS } from "@/server/engine/job";
import { APPROVAL_STATUS } from "@/server/engine/writes";
import { SESSION_STATUS } from "../schema/workers";
import { type Check, OVERDUE, ofStretch, SETTLED } from "./check";

const { backlog, announced, running, retry, held, unplaced, placed } = TASK_STATUS;
const code = (status: keyof typeof JOB_STATUS) => JOB_STATUS[status].code;

const HAS = {
  task: `exists (select from tasks k where k.job_id = j.id and k.status <> ${held})`,
  timer: "exists (select from timers t where t.job_id = j.id)",
  approval: `exists (select from approvals a where a.job_id = j.id and a.status = ${APPROVAL_STATUS.open})`,
  group: "exists (select from groups g where g.job_id = j.id)",
  child: `exists (select from jobs c where c.parent_id = j.id and c.status < ${FIRST_TERMINAL_CODE})`,
  signal: "exists (select from signals s where s.job_id = j.id)",
  named_signal: `exists (select from (select e.data from events e where e.job_id = j.id and e.kind = ${EVENT_KIND.wait_started}
    order by e.seq desc limit 1) w where w.data->>'signal' is not null)`,
};

const any = (...reasons: (keyof typeof HAS)[]) => `(${reasons.map((reason) => HAS[reason]).join(" or ")})`;

/** Who waits for what, by status. Paused and quarantined jobs wait for a person. */
const FITTING = `case j.status
  when ${code("waiting_for_worker")} then ${any("task", "signal")}
  when ${code("waiting_for_human")} then ${any("approval", "signal")}
  when ${code("waiting_for_parallel_tasks")} then ${HAS.group} and ${any("task", "signal")}
  when ${code("waiting_for_sub_job")} then ${any("child", "signal")}
  when ${code("awaiting_retry")} then ${any("task", "timer", "signal")}
  when ${code("waiting")} then ${any("timer", "named_signal", "signal")}
  else ${any("task", "timer", "approval", "child", "signal")} end`;

/** Every open job has something that will wake it. */
export const wakeChecks: Check[] = [
  {
    id: "reason_to_wake",
    says: "Every open job has a reason to wake up that fits its status",
    each: "jobs",
    sql: `select j.id::text as id from jobs j
      where ${ofStretch("j.id")} and j.status < ${FIRST_TERMINAL_CODE}
        and j.status not in (${code("paused")}, ${code("quarantined")}) and j.updated_at < now() - ${SETTLED} and not (${FITTING})`,
  },
  {
    id: "task_looked_at",
    says: "Every announced, waiting or running task has an instant at which somebody looks at it, or a living worker",
    each: "jobs",
    sql: `select k.job_id::text || '.' || k.no as id from tasks k
      where ${ofStretch("k.job_id")} and k.due_at is null and (k.status in (${announced}, ${retry}) or (k.status = ${running}
        and not exists (select from worker_sessions s where s.id::text = k.worker)))`,
  },
  {
    id: "task_placed",
    says: "A task waits at a worker only while that worker is known",
    each: "jobs",
    needsEngine: true,
    sql: `select k.job_id::text || '.' || k.no as id from tasks k
      where ${ofStretch("k.job_id")} and k.status = ${placed} and k.created_at < now() - ${OVERDUE}
        and not exists (select from worker_sessions s where s.id::text = k.worker and (s.status = ${SESSION_STATUS.live}
          or s.renewed_at > now() - ${OVERDUE}))`,
  },
  {
    id: "task_way",
    says: "Only a task that asks for more than a skill waits for the dispatcher or at a worker, and it names that worker",
    each: "jobs",
    sql: `select k.job_id::text || '.' || k.no as id from tasks k
      where ${ofStretch("k.job_id")} and ((k.status in (${unplaced}, ${placed}) and k.requirements is null)
        or (k.status in (${backlog}, ${announced}) and k.requirements is not null)
        or (k.status = ${unplaced} and k.worker is not null) or (k.status in (${placed}, ${running}) and k.worker is null))`,
  },
  {
    id: "task_overdue",
    says: "No task is left past the instant at which it was to be looked at",
    each: "jobs",
    needsEngine: true,
    sql: `select k.job_id::text || '.' || k.no as id from tasks k
      where ${ofStretch("k.job_id")} and k.due_at < now() - ${OVERDUE}`,
  },
  {
    id: "timer_overdue",
    says: "No timer is left past its time",
    each: "jobs",
    needsEngine: true,
    sql: `select t.job_id::text || '.' || t.key as id from timers t join jobs j on j.id = t.job_id
      where ${ofStretch("t.job_id")} and t.due_at < now() - ${OVERDUE} and j.status <> ${code("paused")}`,
  },
  {
    id: "approval_overdue",
    says: "No approval is open past its deadline",
    each: "jobs",
    needsEngine: true,
    sql: `select a.job_id::text || '.' || a.no as id from approvals a join jobs j on j.id = a.job_id
      where ${ofStretch("a.job_id")} and a.status = ${APPROVAL_STATUS.open} and a.deadline_at < now() - ${OVERDUE}
        and j.status <> ${code("paused")}`,
  },
  {
    id: "worker_alive",
    says: "No task counts as running at a worker that is gone",
    each: "jobs",
    needsEngine: true,
    // The lease is the server's setting; ten minutes are the most that it can be.
    sql: `select k.job_id::text || '.' || k.no as id from tasks k left join worker_sessions s on s.id::text = k.worker
      where ${ofStretch("k.job_id")} and k.status = ${running} and (s.id is null
        or (s.status <> ${SESSION_STATUS.live} and s.renewed_at < now() - interval '11 minutes')
        or (s.status <> ${SESSION_STATUS.live} and k.created_at < now() - ${OVERDUE} and s.renewed_at < now() - ${OVERDUE})
        or s.renewed_at < now() - interval '11 minutes')`,
  },
  {
    id: "child_told",
    says: "No job waits for a child that ended, and no child goes on when its parent has ended",
    each: "jobs",
    needsEngine: true,
    sql: `select j.id::text as id from jobs j
      where ${ofStretch("j.id")} and j.status = ${code("waiting_for_sub_job")} and j.updated_at < now() - ${SETTLED}
        and exists (select from jobs c where c.parent_id = j.id) and not ${any("child", "signal")}
      union all
      select c.id::text from jobs c join jobs j on j.id = c.parent_id
      where ${ofStretch("c.id")} and c.status < ${FIRST_TERMINAL_CODE} and j.status >= ${FIRST_TERMINAL_CODE}
        and j.updated_at < now() - ${OVERDUE} and not exists (select from signals s where s.job_id = c.id)`,
  },
];
