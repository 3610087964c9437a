import { TASK_STATUS } from "@/server/engine/job";
import { BlockRows } from "./block-columns";
import { ANNOUNCE_CHECK_MS } from "./commit-blocks";
import type { Database } from "./database";
import type { TaskName } from "./due";

/** What a message to a worker is made of. `params` is JSON text. */
export interface ClaimedTask {
  jobId: string;
  no: number;
  fence: number;
  attempt: number;
  type: string;
  priority: number;
  params: string;
  timeoutMs: number | null;
  blueprint: string;
}

const { backlog, announced, running, unplaced } = TASK_STATUS;

/** The name comes after the claim, one probe per row, so that the claim keeps its shape and its plan. */
const WITH_BLUEPRINT = `select c.*, coalesce(b.name, '') as blueprint from c left join lateral (
    select p.name from jobs j join blueprints p on p.id = j.blueprint_id where j.id = c."jobId" offset 0) b on true
  order by c.priority desc, c."jobId", c.no`;

const RETURNING = `job_id as "jobId", no, fence, attempt, type, priority, params::text as params, timeout_ms as "timeoutMs"`;

// Claimed by ctid: joined back by key, a generic plan with a parameter as limit reads the whole table.
export const CLAIM_READY = {
  name: "claim_ready_1",
  text: `with c as (update tasks set status = ${announced}, due_at = least(now() + $3 * interval '1 ms', dispatch_deadline, deadline_at)
    where ctid = any (array(select ctid from tasks where type = $1 and status = ${backlog}
      order by priority desc, job_id, no limit $2 for update skip locked))
    returning ${RETURNING}) ${WITH_BLUEPRINT}`,
};

/** Moves up to `limit` tasks of a type from the backlog into the window; the caller sends their messages. */
export async function claimReady(
  database: Database,
  type: string,
  limit: number,
  checkMs = ANNOUNCE_CHECK_MS,
): Promise<ClaimedTask[]> {
  const { rows } = await database.pool.query<ClaimedTask>({ ...CLAIM_READY, values: [type, limit, checkMs] });
  return rows;
}

// The time of the attempt begins with its start, which the worker reports: a claimed task may wait in its hand first.
// Among equal priorities the types take turns, so that a long queue of one does not hold up another.
export const CLAIM_FOR_WORKER = {
  name: "claim_for_worker_3",
  text: `with c as (update tasks set status = ${running}, worker = $3, due_at = deadline_at
    where ctid = any (array(select k.ctid from unnest($1::text[]) as t(type), lateral (
        select ctid, priority, job_id, no from tasks where type = t.type and status = ${backlog}
        order by priority desc, job_id, no limit $2 for update skip locked) k
      where not exists (select from queues q where q.type = t.type and q.paused_at is not null)
      order by k.priority desc, row_number() over (partition by t.type, k.priority order by k.job_id, k.no), k.job_id, k.no limit $2))
    returning ${RETURNING}) ${WITH_BLUEPRINT}`,
};

/**
 * Hands up to `limit` waiting tasks of the types to a session, which holds them from now on: its end makes them lost. Types
 * that are paused give nothing. Not a change of the job.
 */
export async function claimForWorker(
  database: Database,
  types: string[],
  limit: number,
  sessionId: string,
): Promise<ClaimedTask[]> {
  if (types.length === 0 || limit <= 0) return [];
  const { rows } = await database.pool.query<ClaimedTask>({ ...CLAIM_FOR_WORKER, values: [types, limit, sessionId] });
  return rows;
}

const CLAIMED = {
  name: "claimed_1",
  text: `with c as (select ${RETURNING} from tasks where worker = $1 and status = ${running}) ${WITH_BLUEPRINT}`,
};

/** What a session holds: also tasks whose claim was committed and whose answer was lost on the way. */
export async function claimedBy(database: Database, sessionId: string): Promise<ClaimedTask[]> {
  const { rows } = await database.pool.query<ClaimedTask>({ ...CLAIMED, values: [sessionId] });
  return rows;
}

export const BACKLOG_TYPES = {
  name: "backlog_types_1",
  text: `with recursive t as (
      (select type from tasks where status = ${backlog} order by type limit 1)
      union all
      select (select k.type from tasks k where k.status = ${backlog} and k.type > t.type order by k.type limit 1) from t where t.type is not null)
    select type from t where type is not null
      and not exists (select from queues q where q.type = t.type and q.paused_at is not null)`,
};

/** Types that have tasks in the backlog and are not paused; one index probe per type. */
export async function backlogTypes(database: Database): Promise<string[]> {
  const { rows } = await database.pool.query<{ type: string }>(BACKLOG_TYPES);
  return rows.map((row) => row.type);
}

const ATTEMPTS = {
  name: "task",
  columns: [
    ["job_id", "uuid"],
    ["no", "int"],
    ["fence", "int"],
  ],
} as const;

// As with a claim the time of the attempt begins with its start.
export const HOLD = {
  name: "hold_1",
  text: `update tasks set status = ${running}, worker = $4, due_at = deadline_at
    where ctid = any (array(select k.ctid from unnest($1::text::uuid[], $2::text::int[], $3::text::int[]) as x(job_id, no, fence)
      join tasks k on k.job_id = x.job_id and k.no = x.no and k.fence = x.fence where k.status = ${announced} for update of k skip locked))
    returning job_id as "jobId", no`,
};

/**
 * Notes that a session has these announced tasks in its hands, started or not. Returns those that it holds now. Not a
 * change of the job.
 */
export async function holdTasks(
  database: Database,
  sessionId: string,
  tasks: { jobId: string; no: number; fence: number }[],
): Promise<TaskName[]> {
  if (tasks.length === 0) return [];
  const attempts = new BlockRows(ATTEMPTS);
  for (const { jobId, no, fence } of tasks) attempts.add(jobId, jobId, no, fence);
  const { rows } = await database.pool.query<TaskName>({ ...HOLD, values: [...attempts.parameters(), sessionId] });
  return rows;
}

export const GIVE_BACK = {
  name: "give_back_2",
  text: `update tasks set status = case when requirements is null then ${backlog} else ${unplaced} end, worker = null, due_at = least(dispatch_deadline, deadline_at)
    where ctid = any (array(select k.ctid from unnest($1::text::uuid[], $2::text::int[], $3::text::int[]) as x(job_id, no, fence)
      join tasks k on k.job_id = x.job_id and k.no = x.no and k.fence = x.fence
      where k.status = ${running} and k.worker = $4 for update of k skip locked))
    returning job_id as "jobId", no`,
};

/** Puts tasks that a session claimed and never started back into the backlog, or before the dispatcher, with the same fence and no attempt burned. */
export async function giveBackClaimed(
  database: Database,
  sessionId: string,
  tasks: { jobId: string; no: number; fence: number }[],
): Promise<TaskName[]> {
  if (tasks.length === 0) return [];
  const attempts = new BlockRows(ATTEMPTS);
  for (const { jobId, no, fence } of tasks) attempts.add(jobId, jobId, no, fence);
  const { rows } = await database.pool.query<TaskName>({ ...GIVE_BACK, values: [...attempts.parameters(), sessionId] });
  return rows;
}
