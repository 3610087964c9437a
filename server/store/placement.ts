import type { JsonValue } from "@/lib/json";
import { TASK_STATUS } from "@/server/engine/job";
import { BlockRows, unnestSql } from "./block-columns";
import type { Database } from "./database";
import { type HeldLease, stillHeld } from "./leases";

/** A task that waits for the dispatcher. */
export interface UnplacedTask {
  jobId: string;
  no: number;
  fence: number;
  type: string;
  priority: number;
  /** JSON text of its wish; equal wishes have equal texts. */
  wish: string;
  /** Only where somebody needs them: `withParams` of the read. */
  params: JsonValue | undefined;
}

/** A task that was given to a session which has not taken it yet. */
export interface PlacedTask {
  jobId: string;
  no: number;
  fence: number;
  type: string;
  wish: string;
  params: JsonValue | undefined;
  session: string;
}

const { unplaced, placed, running } = TASK_STATUS;

const UNPAUSED = "not exists (select from queues q where q.type = k.type and q.paused_at is not null)";
const COLUMNS = `k.job_id as "jobId", k.no, k.fence, k.type, k.priority, coalesce(k.requirements, '{}')::text as wish,
    case when k.type = any ($3::text[]) then k.params end as params`;
const ORDER = "order by k.priority desc, k.job_id, k.no limit $1";
const ASKED = `k.status = ${unplaced} and k.type <> all ($2::text[]) and ${UNPAUSED}`;

export const UNPLACED = {
  first: { name: "unplaced_first_1", text: `select ${COLUMNS} from tasks k where ${ASKED} ${ORDER}` },
  // Two ranges of the index: an `or` over them would read everything before.
  after: {
    name: "unplaced_after_1",
    text: `select * from ((select ${COLUMNS} from tasks k where ${ASKED} and k.priority = $4::real and (k.job_id, k.no) > ($5::uuid, $6::int) ${ORDER})
      union all (select ${COLUMNS} from tasks k where ${ASKED} and k.priority < $4::real ${ORDER})) x
      order by priority desc, "jobId", no limit $1`,
  },
};

/**
 * Tasks that wait for the dispatcher, highest priority first, oldest first among equals; none of `leftOut` types or of
 * paused queues. `after` is the last one of the page before. Params are read for the types of `withParams`.
 */
export async function readUnplaced(
  database: Database,
  limit: number,
  options: { leftOut: string[]; withParams: string[]; after: UnplacedTask | null },
): Promise<UnplacedTask[]> {
  const { leftOut, withParams, after } = options;
  const page = [limit, leftOut, withParams];
  const query = after
    ? { ...UNPLACED.after, values: [...page, after.priority, after.jobId, after.no] }
    : { ...UNPLACED.first, values: page };
  const { rows } = await database.pool.query<UnplacedTask>(query);
  return rows;
}

/** Tasks that wait at sessions, the first `limit` of them. */
export async function readPlaced(database: Database, withParams: string[], limit: number): Promise<PlacedTask[]> {
  const { rows } = await database.pool.query<PlacedTask>({
    name: "placed_1",
    text: `select k.job_id as "jobId", k.no, k.fence, k.type, coalesce(k.requirements, '{}')::text as wish,
        case when k.type = any ($1::text[]) then k.params end as params, k.worker as session
      from tasks k where k.status = ${placed} limit $2`,
    values: [withParams, limit],
  });
  return rows;
}

/** How many tasks each session runs, as far as their rows tell. */
export async function readLoads(database: Database): Promise<Map<string, number>> {
  const { rows } = await database.pool.query<{ worker: string; n: number }>({
    name: "session_loads_1",
    text: `select worker, count(*)::int as n from tasks where status = ${running} and worker is not null group by worker`,
  });
  return new Map(rows.map((row) => [row.worker, row.n]));
}

/** How many tasks wait for the dispatcher, counted up to `most`. */
export async function countUnplaced(database: Database, most: number): Promise<number> {
  const { rows } = await database.pool.query<{ n: number }>({
    name: "unplaced_count_1",
    text: `select count(*)::int as n from (select from tasks where status = ${unplaced} limit $1) x`,
    values: [most],
  });
  return rows[0]?.n ?? 0;
}

/** One decision of the dispatcher; `from` is the session that has it now, null when none has. */
export interface Move {
  jobId: string;
  no: number;
  fence: number;
  from: string | null;
  /** Null: back to those that wait. */
  to: string | null;
}

const MOVES = {
  name: "placement",
  columns: [
    ["job_id", "uuid"],
    ["no", "int"],
    ["fence", "int"],
    ["src", "text"],
    ["dst", "text"],
  ],
} as const;

const PLACE = {
  name: "place_1",
  text: `with x as materialized (select * from ${unnestSql(MOVES, 1)} where ${stillHeld(6)}),
    k as materialized (select k.ctid, x.dst, x.ord from x join tasks k on k.job_id = x.job_id and k.no = x.no and k.fence = x.fence
      where (k.status = ${unplaced} and x.src is null) or (k.status = ${placed} and k.worker = x.src)
      order by k.job_id, k.no for no key update of k skip locked),
    u as (update tasks t set status = case when k.dst is null then ${unplaced} else ${placed} end, worker = k.dst from k
      where t.ctid = k.ctid returning k.ord)
    select ord::int from u`,
};

/**
 * Carries out what the holder of `lease` decided, in one statement; says for each move, in order, whether it was done. A
 * task that was taken, cancelled or changed since is left alone. Not a change of the job: nothing was handed out.
 */
export async function moveTasks(database: Database, moves: Move[], lease: HeldLease): Promise<boolean[]> {
  if (moves.length === 0) return [];
  const block = new BlockRows(MOVES);
  for (const { jobId, no, fence, from, to } of moves) block.add(jobId, jobId, no, fence, from, to);
  const { rows } = await database.pool.query<{ ord: number }>({
    ...PLACE,
    values: [...block.parameters(), lease.name, lease.epoch],
  });
  const done = new Set(rows.map((row) => row.ord));
  return moves.map((_, index) => done.has(index + 1));
}
