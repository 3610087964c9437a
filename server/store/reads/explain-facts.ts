import type { Pool } from "pg";
import type { ApprovalVote } from "@/lib/api/approval";
import { EVENT_KIND } from "@/lib/job-event";
import type { JsonObject, JsonValue } from "@/lib/json";
import { TASK_STATUS } from "@/server/engine/job";
import { LEASE_SECONDS } from "./job-rows";
import type { PlacementFacts } from "./placement-facts";

/** What the tables say about a job that waits, as of one moment. */
export interface ExplainFacts {
  now: Date;
  job: ExplainedJob;
  /** Open tasks in the order of their numbers, the first of them; `openTasks` counts all. */
  tasks: ExplainedTask[];
  openTasks: number;
  runningTasks: number;
  group: { expected: number; pending: number; failed: number } | null;
  timers: { key: string; due_at: Date; set: { engine?: string; entry?: number } | null }[];
  approval: ExplainedApproval | null;
  /** Live sessions that serve the types of the waiting tasks. */
  workers: { type: string; live: number; busy: number; draining: number }[];
  pausedTypes: string[];
  /** The workers that a dispatcher looks at; read only where a task waits for it. */
  placement?: PlacementFacts | null;
  /** Workers below this reputation get nothing. */
  reputationThreshold?: number;
  child: { id: string; blueprint_name: string; status: number; state: string } | null;
  /** Signals of the job that were left to an engine of another release. */
  left: { needs: string[]; at: Date } | null;
  /** Engines whose lease is alive. */
  engines: string[];
  /** Processes that run handlers and are alive. */
  handlerEngines: string[];
  /** Recent events that a sentence may need; newest first. */
  recent: { seq: number; kind: number; at: Date; data: JsonObject }[];
}

export interface ExplainedJob {
  id: string;
  client_id: number;
  blueprint_id: number;
  blueprint_name: string;
  blueprint_version: number;
  status: number;
  state: string;
  version: number;
  updated_at: Date;
  created_at: Date;
  error: { code: string; message: string; state?: string } | null;
}

export interface ExplainedTask {
  no: number;
  type: string;
  status: number;
  attempt: number;
  branch: number | null;
  worker: string | null;
  worker_live: boolean | null;
  /** When its state began: an estimate for what is not written down. */
  created_at: Date;
  due_at: Date | null;
  dispatch_deadline: Date | null;
  deadline_at: Date | null;
  timeout_ms: number | null;
  progress: number | null;
  progress_message: string | null;
  ahead: number | null;
  /** What it asks of its worker beyond the skill. */
  wish?: JsonObject | null;
  /** While it waits for the dispatcher. */
  params?: JsonValue;
}

export interface ExplainedApproval {
  no: number;
  message: string;
  approvers: string[];
  quorum: number;
  votes: ApprovalVote[];
  asked_at: Date;
  deadline_at: Date | null;
}

/** Tasks that are explained one by one. */
export const MOST_TASKS = 20;
/** Tasks in front of one in the backlog are counted up to here. */
export const MOST_AHEAD = 1000;
const RECENT_EVENTS = 500;

const { backlog, running, unplaced } = TASK_STATUS;
const TOLD = [
  EVENT_KIND.state_entered,
  EVENT_KIND.handler_failed,
  EVENT_KIND.task_dispatched,
  EVENT_KIND.task_started,
  EVENT_KIND.task_failed,
  EVENT_KIND.task_retry_set,
  EVENT_KIND.task_redelivered,
  EVENT_KIND.job_paused,
  EVENT_KIND.job_quarantined,
  EVENT_KIND.wait_started,
  EVENT_KIND.child_started,
].join(", ");

const LIVE = `w.status = 0 and w.renewed_at > now() - interval '${LEASE_SECONDS} seconds'`;

/**
 * One statement, so that all of it is of one moment. Every part is a range of a key or bounded by a limit: sessions of
 * workers are few, the backlog before a task is counted up to `MOST_AHEAD`, events are looked at from the end.
 */
const FACTS = `with
  j as materialized (select j.*, b.name as blueprint_name, b.version as blueprint_version from jobs j join blueprints b on b.id = j.blueprint_id
    where j.id = $1 and ($2::int is null or j.client_id = $2)),
  k as materialized (select t.* from tasks t where t.job_id = $1 order by t.no limit ${MOST_TASKS}),
  shown as (select k.no, k.type, k.status, k.attempt, k.branch, coalesce(w.worker, k.worker) as worker, k.created_at, k.due_at,
      k.dispatch_deadline, k.deadline_at, k.timeout_ms, k.progress, k.progress_message,
      k.requirements as wish, case when k.status = ${unplaced} then k.params end as params,
      case when k.worker is not null then w.id is not null and ${LIVE} end as worker_live,
      case when k.status = ${backlog} then (select count(*)::int from (
        select o.priority, o.job_id, o.no from tasks o where o.status = ${backlog} and o.type = k.type
        order by o.priority desc, o.job_id, o.no limit ${MOST_AHEAD}) o
        where o.priority > k.priority or (o.priority = k.priority and (o.job_id, o.no) < (k.job_id, k.no))) end as ahead
    from k left join worker_sessions w on w.id::text = k.worker),
  serving as (select x.type, count(w.id)::int as live, count(w.id) filter (where w.draining)::int as draining,
      count(w.id) filter (where not w.draining and
        (select count(*) from tasks h where h.status = ${running} and h.worker = w.id::text) >= w.slots)::int as busy
    from (select distinct type from k) x
    left join worker_sessions w on x.type = any (w.skills) and ${LIVE} and not (w.kind = 1 and w.instance is not null)
    group by x.type)
  select now() as now, (select row_to_json(j) from j) as job,
    (select json_agg(shown order by no) from shown) as tasks,
    (select count(*)::int from tasks t where t.job_id = $1) as open_tasks,
    (select count(*)::int from tasks t where t.job_id = $1 and t.status = ${running}) as running_tasks,
    (select json_build_object('expected', g.expected, 'pending', g.pending, 'failed', g.failed) from groups g where g.job_id = $1 order by g.no desc limit 1) as "group",
    (select json_agg(json_build_object('key', t.key, 'due_at', t.due_at, 'set', t.data)) from timers t where t.job_id = $1) as timers,
    (select row_to_json(a) from (select a.no, a.message, a.approvers, a.quorum, a.votes, a.asked_at, a.deadline_at
      from approvals a where a.job_id = $1 and a.status = 0 order by a.no desc limit 1) a) as approval,
    (select json_agg(serving) from serving) as workers,
    (select json_agg(q.type) from queues q where q.paused_at is not null and q.type in (select type from k)) as paused_types,
    (select row_to_json(c) from (select c.id, cb.name as blueprint_name, c.status, c.state from jobs c join blueprints cb on cb.id = c.blueprint_id
      where c.parent_id = $1 order by c.id desc limit 1) c) as child,
    (select row_to_json(s) from (select s.needs, s.left_at as at from signals s where s.job_id = $1 and s.needs is not null order by s.left_at limit 1) s) as "left",
    (select json_agg(substr(l.name, 8)) from leases l where starts_with(l.name, 'engine:') and l.until > now()) as engines,
    (select json_agg(substr(l.name, 10)) from leases l where starts_with(l.name, 'handlers:') and l.until > now()) as handler_engines,
    (select json_agg(json_build_object('seq', e.seq, 'kind', e.kind, 'at', e.at, 'data', json_build_object('n', e.data->'n', 'code', e.data->'code',
        'message', e.data->'message', 'by', e.data->'by', 'reason', e.data->'reason')) order by e.seq desc) from events e
      where e.job_id = $1 and e.seq > (select j.version - ${RECENT_EVENTS} from j) and e.kind in (${TOLD})) as recent`;

/** Dates travel as texts within the one row of JSON. */
type Texts<T> = { [K in keyof T]: T[K] extends Date ? string : T[K] extends Date | null ? string | null : T[K] };

interface FactsRecord {
  now: Date;
  job: Texts<ExplainedJob> | null;
  tasks: Texts<ExplainedTask>[] | null;
  open_tasks: number;
  running_tasks: number;
  group: ExplainFacts["group"];
  timers: Texts<ExplainFacts["timers"][number]>[] | null;
  approval: Texts<ExplainedApproval> | null;
  workers: ExplainFacts["workers"] | null;
  paused_types: string[] | null;
  child: ExplainFacts["child"];
  left: Texts<NonNullable<ExplainFacts["left"]>> | null;
  engines: string[] | null;
  handler_engines: string[] | null;
  recent: Texts<ExplainFacts["recent"][number]>[] | null;
}

/** Why a job waits, as the tables know it; null when there is no such job, or it is not this client's (null: anyone's). */
export async function readExplainFacts(pool: Pool, id: string, clientId: number | null): Promise<ExplainFacts | null> {
  const { rows } = await pool.query<FactsRecord>(FACTS, [id, clientId]);
  const row = rows[0];
  if (!row?.job) return null;
  const { job, approval, left } = row;
  return {
    now: row.now,
    job: { ...job, updated_at: new Date(job.updated_at), created_at: new Date(job.created_at) },
    tasks: (row.tasks ?? []).map((task) => ({
      ...task,
      created_at: new Date(task.created_at),
      due_at: instant(task.due_at),
      dispatch_deadline: instant(task.dispatch_deadline),
      deadline_at: instant(task.deadline_at),
    })),
    openTasks: row.open_tasks,
    runningTasks: row.running_tasks,
    group: row.group,
    timers: (row.timers ?? []).map((timer) => ({ ...timer, due_at: new Date(timer.due_at) })),
    approval: approval && {
      ...approval,
      asked_at: new Date(approval.asked_at),
      deadline_at: instant(approval.deadline_at),
    },
    workers: row.workers ?? [],
    pausedTypes: row.paused_types ?? [],
    child: row.child,
    left: left && { ...left, at: new Date(left.at) },
    engines: row.engines ?? [],
    handlerEngines: row.handler_engines ?? [],
    recent: (row.recent ?? []).map((event) => ({ ...event, at: new Date(event.at) })),
  };
}

function instant(text: string | null): Date | null {
  return text === null ? null : new Date(text);
}
