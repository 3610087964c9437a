import type { JsonObject } from "@/lib/json";
import { TASK_STATUS } from "@/server/engine/job";
import { BlockRows, unnestSql } from "./block-columns";
import type { ClaimedTask } from "./claim";
import type { Database } from "./database";

/** What the payload of a task says of its job, beside the message. */
export interface HandOutFacts {
  /** W3C trace context that the job was started with. */
  trace: Record<string, string> | null;
  /** 0 without a parent. */
  depth: number;
  /** How many states the job had entered. */
  transitions: number;
  /** `metadata` of the job, as it was started with. */
  metadata: JsonObject | null;
  /** What the task asks of its worker; null: nothing. */
  wish: JsonObject | null;
}

const NAMES = {
  name: "task",
  columns: [
    ["jobId", "uuid"],
    ["no", "int"],
  ],
} as const;

/** The facts of a relation's jobs, as columns and as joins: probes of primary keys only. `id` is the job's. */
export const FACT_COLUMNS = `e.trace, coalesce(e.depth, 0) as depth, e.metadata, coalesce(j.transitions, 0) as transitions`;
export const factJoins = (
  id: string,
) => `left join lateral (select transitions from jobs where id = ${id} offset 0) j on true
    left join lateral (select data->'trace' as trace, (data->'parent'->>'depth')::int as depth, data->'metadata' as metadata
      from events where job_id = ${id} and seq = 1 offset 0) e on true`;

const FACTS = {
  name: "hand_out_facts_2",
  text: `select ${FACT_COLUMNS}, k.requirements as wish
    from (select * from ${unnestSql(NAMES, 1, "y")}) x(id, no, ord)
    left join lateral (select requirements from tasks t where t.job_id = x.id and t.no = x.no offset 0) k on true
    ${factJoins("x.id")}
    order by x.ord`,
};

/** In the order of the tasks; what is gone meanwhile has no trace, depth 0 and so on. */
export async function handOutFacts(
  database: Database,
  tasks: { jobId: string; no: number }[],
): Promise<HandOutFacts[]> {
  const names = new BlockRows(NAMES);
  for (const { jobId, no } of tasks) names.add(jobId, jobId, no);
  const { rows } = await database.pool.query<HandOutFacts>({ ...FACTS, values: names.parameters() });
  return rows;
}

const POLLS = {
  name: "poll",
  columns: [
    ["session", "text"],
    ["poll", "text"],
  ],
} as const;

const ID_OF_POLL = "split_part(t.poll, ' ', 1)";

// Giving an answer again leaves a mark behind the poll's id: whoever gave it before has it no more, and cannot take it back.
const HANDED_TO = {
  name: "handed_to_poll_2",
  text: `with x as materialized (select * from ${unnestSql(POLLS, 1)}),
    c as materialized (select x.ord, x.session, x.poll, t.job_id, t.no from x, lateral (select t.job_id, t.no from tasks t
      where t.worker = x.session and t.status = ${TASK_STATUS.running} and ${ID_OF_POLL} = x.poll limit 1) t),
    k as materialized (select t.ctid, c.session, c.poll from c join tasks t on t.job_id = c.job_id and t.no = c.no
      where t.worker = c.session and t.status = ${TASK_STATUS.running} and ${ID_OF_POLL} = c.poll
      order by t.job_id, t.no for no key update of t),
    u as (update tasks t set poll = k.poll || ' ' || (coalesce(nullif(split_part(t.poll, ' ', 2), ''), '0')::int + 1) from k
      where t.ctid = k.ctid returning k.session, k.poll as asked, t.job_id as "jobId", t.no, t.fence, t.attempt, t.type, t.priority,
        t.params::text as params, t.timeout_ms as "timeoutMs", t.poll)
    select u.*, b.name as blueprint from x left join u on u.session = x.session and u.asked = x.poll
      left join lateral (select p.name from jobs j join blueprints p on p.id = j.blueprint_id where j.id = u."jobId" offset 0) b on true
    order by x.ord`,
};

/** A task that is given again, under the mark that it is held by from now on. */
export interface RepeatedTask extends ClaimedTask {
  poll: string;
}

/** The task that a session was given in answer to a poll of this id and still holds; null when there is none. */
export async function handedToPolls(
  database: Database,
  polls: { sessionId: string; requestId: string }[],
): Promise<(RepeatedTask | null)[]> {
  const block = new BlockRows(POLLS);
  for (const { sessionId, requestId } of polls) block.add(null, sessionId, requestId);
  const { rows } = await database.pool.query<(RepeatedTask & { session: string; asked: string }) | { jobId: null }>({
    ...HANDED_TO,
    values: block.parameters(),
  });
  return rows.map((row) => {
    if (row.jobId === null) return null;
    const { session: _session, asked: _asked, ...task } = row;
    return task;
  });
}
