import { TASK_STATUS } from "@/server/engine/job";
import { BlockRows, unnestSql } from "./block-columns";
import type { ClaimedTask } from "./claim";
import type { Database } from "./database";

/** What a session may take of the tasks that wait at it. */
export interface PlacedClaim {
  sessionId: string;
  limit: number;
  /** Null: of any type. */
  types: readonly string[] | null;
  /** The id of the poll that is answered with it; only with a limit of 1. */
  poll?: string;
}

/** A task with the session that has taken it. */
export interface ClaimedPlacedTask extends ClaimedTask {
  sessionId: string;
}

const { placed, running } = TASK_STATUS;

const CLAIMS = {
  name: "placed_claim",
  columns: [
    ["session", "text"],
    ["most", "int"],
    ["types", "text"],
    ["poll", "text"],
  ],
} as const;

const RETURNING = `t.job_id as "jobId", t.no, t.fence, t.attempt, t.type, t.priority, t.params::text as params, t.timeout_ms as "timeoutMs",
      t.worker as "sessionId"`;

const WITH_BLUEPRINT = `select c.*, coalesce(b.name, '') as blueprint from c left join lateral (
    select p.name from jobs j join blueprints p on p.id = j.blueprint_id where j.id = c."jobId" offset 0) b on true
  order by c.priority desc, c."jobId", c.no`;

/** As with other hand-outs the time of a remote attempt begins at once, that of an own one with its reported start. */
const claim = (due: string) => `with x as materialized (select * from ${unnestSql(CLAIMS, 1)}),
    k as materialized (select k.ctid, x.poll from x, lateral (select t.ctid from tasks t
      where t.status = ${placed} and t.worker = x.session
        and (x.types is null or t.type = any (string_to_array(x.types, ',')))
        and not exists (select from queues q where q.type = t.type and q.paused_at is not null)
      order by t.priority desc, t.job_id, t.no limit x.most for no key update skip locked) k),
    c as (update tasks t set status = ${running}, poll = k.poll, due_at = ${due} from k where t.ctid = k.ctid and t.status = ${placed}
      returning ${RETURNING}) ${WITH_BLUEPRINT}`;

export const CLAIM_PLACED = {
  remote: {
    name: "claim_placed_remote_1",
    text: claim("least(now() + t.timeout_ms * interval '1 ms', t.deadline_at)"),
  },
  own: { name: "claim_placed_own_1", text: claim("t.deadline_at") },
};

/** Hands sessions the tasks that wait at them, best priority first; they hold them from now on. Not a change of the job. */
export async function claimPlaced(
  database: Database,
  claims: PlacedClaim[],
  kind: "remote" | "own",
): Promise<ClaimedPlacedTask[]> {
  if (claims.length === 0) return [];
  const block = new BlockRows(CLAIMS);
  for (const { sessionId, limit, types, poll } of claims) {
    // An empty text would arrive as null, which is any type; the names of skills have no commas.
    if (types === null || types.length > 0) block.add(null, sessionId, limit, types?.join(",") ?? null, poll ?? null);
  }
  if (block.length === 0) return [];
  const { rows } = await database.pool.query<ClaimedPlacedTask>({ ...CLAIM_PLACED[kind], values: block.parameters() });
  return rows;
}

const TAKEN = {
  name: "placed_taken_1",
  text: `with c as (select ${RETURNING} from tasks t where t.worker = $1 and t.status = ${running} and t.requirements is not null) ${WITH_BLUEPRINT}`,
};

/** What the dispatcher gave a session and it holds now: also what it claimed without hearing the answer. */
export async function placedTaken(database: Database, sessionId: string): Promise<ClaimedPlacedTask[]> {
  const { rows } = await database.pool.query<ClaimedPlacedTask>({ ...TAKEN, values: [sessionId] });
  return rows;
}

const WAITED_FOR = 5_000;

/** Sessions at which tasks wait. */
export async function sessionsWithPlaced(database: Database): Promise<string[]> {
  const { rows } = await database.pool.query<{ worker: string }>({
    name: "sessions_with_placed_1",
    text: `select distinct worker from tasks where status = ${placed} limit ${WAITED_FOR}`,
  });
  return rows.map((row) => row.worker);
}
