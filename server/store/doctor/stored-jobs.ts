import type { ClientBase } from "pg";
import { TASK_STATUS } from "@/server/engine/job";
import { LOAD, type LoadedJob, loadedJobs, uuidList } from "../load-jobs";

/** A job as its rows have it, beside the events that it is the fold of. */
export interface StoredJob {
  loaded: LoadedJob;
  /** `<no> <phase> fence <fence> attempt <attempt> losses <losses>`, in order. */
  tasks: string[];
  /** Keys, in order. */
  timers: string[];
  /** `<no> <pending> of <expected>, <failed> failed` of the fan-out under way. */
  groups: string[];
  /** Numbers of open approvals. */
  approvals: string[];
}

const { backlog, announced, running, retry, unplaced, placed } = TASK_STATUS;

// A claim and a hand-out are not events: for the job such a task is ready until its start is reported.
const ROWS = `select k.job_id::text as id, 'tasks' as part, k.no as ord,
    k.no || ' ' || case k.status when ${backlog} then 'ready' when ${announced} then 'ready' when ${running} then 'ready'
      when ${unplaced} then 'ready' when ${placed} then 'ready'
      when ${retry} then 'retry' else 'held' end || ' fence ' || k.fence || ' attempt ' || k.attempt || ' losses ' || k.losses as text
  from tasks k where k.job_id = any ($1::uuid[])
  union all select t.job_id::text, 'timers', 0, t.key from timers t where t.job_id = any ($1::uuid[])
  union all select g.job_id::text, 'groups', g.no, g.no || ' ' || g.pending || ' of ' || g.expected || ', ' || g.failed || ' failed'
  from groups g where g.job_id = any ($1::uuid[])
  union all select a.job_id::text, 'approvals', a.no, a.no::text from approvals a where a.job_id = any ($1::uuid[]) and a.status = 0
  order by 3, 4`;

/** Jobs with their events and all their open work. Call it at one instant. */
export async function readStoredJobs(client: ClientBase, ids: string[]): Promise<StoredJob[]> {
  const list = uuidList(ids);
  const { rows } = await client.query<unknown[]>({ text: LOAD.text, values: [list], rowMode: "array" });
  const stored = new Map<string, StoredJob>();
  for (const loaded of loadedJobs(rows).jobs) {
    stored.set(loaded.id, { loaded, tasks: [], timers: [], groups: [], approvals: [] });
  }
  const work = await client.query<{ id: string; part: "tasks" | "timers" | "groups" | "approvals"; text: string }>(
    ROWS,
    [list],
  );
  for (const { id, part, text } of work.rows) stored.get(id)?.[part].push(text);
  return [...stored.values()];
}

/** Ids to look at closely: jobs that are open, latest first, and others drawn by chance. */
export async function drawJobs(client: ClientBase, open: number, others: number): Promise<string[]> {
  const { rows } = await client.query<{ id: string }>(
    `(select id::text from jobs where status < 20 order by id desc limit $1)
     union
     (select id::text from jobs tablesample bernoulli (
        (select least(100, 300.0 * $2::int / greatest(1, reltuples)) from pg_class where oid = 'jobs'::regclass)) limit $2)`,
    [open, others],
  );
  return rows.map((row) => row.id);
}

/** The next ids after `after`, in order. */
export async function jobsAfter(client: ClientBase, after: string | null, limit: number): Promise<string[]> {
  const { rows } = await client.query<{ id: string }>(
    "select id::text from jobs where $1::uuid is null or id > $1::uuid order by id limit $2",
    [after, limit],
  );
  return rows.map((row) => row.id);
}
