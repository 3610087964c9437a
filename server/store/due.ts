import { TASK_STATUS } from "@/server/engine/job";
import { BlockRows } from "./block-columns";
import { ANNOUNCE_CHECK_MS } from "./commit-blocks";
import type { Database } from "./database";

export type DueReason = "retry" | "attempt_timeout" | "result_timeout" | "dispatch_timeout" | "announce_check";

export interface TaskName {
  jobId: string;
  no: number;
}

export interface TaskAttempt extends TaskName {
  fence: number;
  type: string;
}

export interface DueTask extends TaskAttempt {
  reason: DueReason;
  dueAt: string;
  /** In the window, as far as its row tells: delivered or not. */
  announced: boolean;
}

export interface DueTimer {
  jobId: string;
  key: string;
  /** The event that set it; null in rows of an older release. */
  setBy: number | null;
  dueAt: string;
}

const { backlog, announced, running, retry, unplaced, placed } = TASK_STATUS;

export const DUE_TASKS = {
  name: "due_tasks_4",
  text: `select job_id as "jobId", no, fence, type, due_at::text as "dueAt", status = ${announced} as announced,
    case when deadline_at <= now() then 'result_timeout'
         when status = ${retry} then 'retry'
         when status = ${running} then 'attempt_timeout'
         when dispatch_deadline <= now() and status in (${backlog}, ${announced}, ${unplaced}, ${placed}) then 'dispatch_timeout'
         else 'announce_check' end as reason
    from tasks where due_at <= now() and (due_at, job_id, no) > ($2::timestamptz, $3::uuid, $4::int)
    order by due_at, job_id, no limit $1`,
};

export const DUE_TIMERS = {
  name: "due_timers_3",
  text: `select job_id as "jobId", key, (data->>'set_by')::int as "setBy", due_at::text as "dueAt" from timers
    where due_at <= now() and (due_at, job_id, key) > ($2::timestamptz, $3::uuid, $4::text)
    order by due_at, job_id, key limit $1`,
};

const FIRST_INSTANT = "-infinity";
const FIRST_ID = "00000000-0000-0000-0000-000000000000";

/**
 * Open tasks that somebody must look at, the longest overdue first, without locking them. `announce_check` asks whether the
 * task's message is still under way; `dispatch_timeout` of an announced task does not hold when a live session has it.
 * `after` is the last one of the page before.
 */
export async function readDueTasks(
  database: Database,
  limit: number,
  after: DueTask | null = null,
): Promise<DueTask[]> {
  const { dueAt, jobId, no } = after ?? { dueAt: FIRST_INSTANT, jobId: FIRST_ID, no: 0 };
  const { rows } = await database.pool.query<DueTask>({ ...DUE_TASKS, values: [limit, dueAt, jobId, no] });
  return rows;
}

/** As `readDueTasks`, for the timers of jobs. */
export async function readDueTimers(
  database: Database,
  limit: number,
  after: DueTimer | null = null,
): Promise<DueTimer[]> {
  const { dueAt, jobId, key } = after ?? { dueAt: FIRST_INSTANT, jobId: FIRST_ID, key: "" };
  const { rows } = await database.pool.query<DueTimer>({ ...DUE_TIMERS, values: [limit, dueAt, jobId, key] });
  return rows;
}

const TASK_NAMES = {
  name: "task",
  columns: [
    ["job_id", "uuid"],
    ["no", "int"],
  ],
} as const;

export const POSTPONE = {
  name: "postpone_1",
  text: `update tasks set due_at = least(now() + $3 * interval '1 ms', deadline_at, case when dispatch_deadline > now() then dispatch_deadline end)
    where ctid = any (array(select k.ctid from unnest($1::text::uuid[], $2::text::int[]) as x(job_id, no)
      join tasks k on k.job_id = x.job_id and k.no = x.no where k.status = ${announced} for update of k skip locked))`,
};

/** Looks at announced tasks again after `ms` (or at their deadline): their message was found. No change of the job. */
export async function postponeChecks(database: Database, tasks: TaskName[], ms = ANNOUNCE_CHECK_MS): Promise<void> {
  if (tasks.length === 0) return;
  const names = new BlockRows(TASK_NAMES);
  for (const { jobId, no } of tasks) names.add(jobId, jobId, no);
  await database.pool.query({ ...POSTPONE, values: [...names.parameters(), ms] });
}

export const ANNOUNCED = {
  name: "announced_1",
  text: `select job_id as "jobId", no, fence, type from tasks
    where status = ${announced} and due_at <= now() + $1 * interval '1 ms' order by due_at limit $2`,
};

/**
 * Announced tasks whose announcement (or last check) is older than `olderThanMs`: what an exact check goes through. Those
 * with a deadline within the check's time may come earlier, which costs at most one message too many.
 */
export async function readAnnounced(database: Database, olderThanMs: number, limit = 50_000): Promise<TaskAttempt[]> {
  const { rows } = await database.pool.query<TaskAttempt>({
    ...ANNOUNCED,
    values: [ANNOUNCE_CHECK_MS - olderThanMs, limit],
  });
  return rows;
}

export const RETURN_TO_BACKLOG = {
  name: "return_to_backlog_1",
  text: `update tasks set status = ${backlog}, due_at = least(dispatch_deadline, deadline_at)
    where ctid = any (array(select k.ctid from unnest($1::text::uuid[], $2::text::int[]) as x(job_id, no)
      join tasks k on k.job_id = x.job_id and k.no = x.no where k.status = ${announced} for update of k skip locked))`,
};

/** Puts announced tasks back into the backlog: their stream is gone, and workers claim rows now. No change of the job. */
export async function returnToBacklog(database: Database, tasks: TaskName[]): Promise<void> {
  if (tasks.length === 0) return;
  const names = new BlockRows(TASK_NAMES);
  for (const { jobId, no } of tasks) names.add(jobId, jobId, no);
  await database.pool.query({ ...RETURN_TO_BACKLOG, values: names.parameters() });
}
