import { TASK_STATUS } from "@/server/engine/job";
import { BlockRows, unnestSql } from "./block-columns";
import type { Database } from "./database";
import { FACT_COLUMNS, factJoins, type HandOutFacts } from "./hand-out-facts";
import { SESSION_KIND } from "./schema/workers";

/** One attempt on its way to, or in the hands of, a session. */
export interface HeldAttempt {
  jobId: string;
  no: number;
  fence: number;
  sessionId: string;
  /** The id of the poll that is answered with it; behind it the mark of an answer that was given again. */
  poll?: string;
}

const { backlog, announced, running, unplaced } = TASK_STATUS;

const HELD = {
  name: "held",
  columns: [
    ["job_id", "uuid"],
    ["no", "int"],
    ["fence", "int"],
    ["session", "text"],
    ["poll", "text"],
  ],
} as const;

const HAND_OUT = {
  name: "remote_hand_out_3",
  text: `with x as materialized (select * from ${unnestSql(HELD, 1)}),
    k as materialized (select k.ctid, x.session, x.poll, x.ord from x join tasks k on k.job_id = x.job_id and k.no = x.no and k.fence = x.fence
      where k.status = ${announced} or (k.status = ${running} and k.worker = $6)
      order by k.job_id, k.no for no key update of k),
    u as (update tasks t set status = ${running}, worker = k.session, poll = k.poll, due_at = least(now() + t.timeout_ms * interval '1 ms', t.deadline_at)
      from k where t.ctid = k.ctid returning k.ord, t.job_id, t.requirements as wish)
    select u.ord::int, u.wish, ${FACT_COLUMNS} from u ${factJoins("u.job_id")}`,
};

/**
 * Notes that remote sessions hold these attempts, which were announced or claimed by the web process's own session
 * `from`. Gives for each, in order, what its payload says of its job; null: it was not to be had any more. Not a change of
 * the job.
 */
export async function handOutRemotely(
  database: Database,
  from: string,
  attempts: HeldAttempt[],
): Promise<(HandOutFacts | null)[]> {
  if (attempts.length === 0) return [];
  const { rows } = await database.pool.query<HandOutFacts & { ord: number }>({
    ...HAND_OUT,
    values: [...parameters(attempts), from],
  });
  const marked = new Map(rows.map(({ ord, ...facts }) => [ord, facts]));
  return attempts.map((_, index) => marked.get(index + 1) ?? null);
}

const TAKE_BACK = {
  name: "remote_take_back_3",
  text: `with x as materialized (select * from ${unnestSql(HELD, 1)}),
    k as materialized (select k.ctid from x join tasks k on k.job_id = x.job_id and k.no = x.no and k.fence = x.fence
      where k.status = ${running} and k.worker = x.session and k.poll is not distinct from x.poll order by k.job_id, k.no for no key update of k)
    update tasks t set status = case when t.requirements is null then ${backlog} else ${unplaced} end, worker = null, due_at = least(t.dispatch_deadline, t.deadline_at)
      from k where t.ctid = k.ctid`,
};

/** Puts attempts whose hand-out did not arrive back into the backlog, or before the dispatcher, with the same fence: only those still held so, and that no other process has given again since. */
export async function takeBackHandOuts(database: Database, attempts: HeldAttempt[]): Promise<void> {
  if (attempts.length === 0) return;
  await database.pool.query({ ...TAKE_BACK, values: parameters(attempts) });
}

/** The type of an attempt that is current, and the remote worker whose session holds it; null when it is not current. */
export async function remoteHolderOf(
  database: Database,
  { jobId, no, fence }: { jobId: string; no: number; fence: number },
): Promise<{ worker: string | null; type: string } | null> {
  const { rows } = await database.pool.query<{ worker: string | null; type: string }>({
    name: "remote_holder_2",
    text: `select k.type, s.worker from tasks k
      left join worker_sessions s on s.id::text = k.worker and k.status = ${running} and s.kind = ${SESSION_KIND.http}
      where k.job_id = $1 and k.no = $2 and k.fence = $3`,
    values: [jobId, no, fence],
  });
  return rows[0] ?? null;
}

function parameters(attempts: HeldAttempt[]): (string | null)[] {
  const block = new BlockRows(HELD);
  for (const { jobId, no, fence, sessionId, poll } of attempts)
    block.add(jobId, jobId, no, fence, sessionId, poll ?? null);
  return block.parameters();
}
