import { FIRST_TERMINAL_CODE } from "@/lib/job-status";
import { type BlockShape, unnestSql } from "./block-columns";
import {
  BLOCK_SHAPES,
  BLOCK_SQL,
  type BlockKey,
  CHANGED_JOBS,
  JOB_FLAG,
  MADE_JOBS,
  NEW_JOBS,
  SIGNAL_ROWS,
} from "./commit-blocks";

/** Blocks that nearly every batch needs, and those that only some do. */
export const CORE_BLOCKS = ["f", "t", "e"] as const satisfies readonly BlockKey[];
export const FULL_BLOCKS = [
  "f",
  "t",
  "e",
  "r",
  "p",
  "g",
  "h",
  "m",
  "c",
  "a",
  "q",
  "z",
] as const satisfies readonly BlockKey[];
export const SUBMIT_BLOCKS = ["t", "e", "g", "m", "a"] as const satisfies readonly BlockKey[];

/** The row of the live feed's log: one for each commit that changed a job. */
const LOG_TURN = `w as (insert into turns (xid, at, jobs, versions)
  select pg_current_xact_id()::text::bigint, now(), array_agg(u.id), array_agg(u.nver) from u having count(*) > 0)`;

/** Hands out `$n` in the order of the blocks. */
class Parameters {
  private next = 1;

  unnest(shape: BlockShape, alias = "x"): string {
    const sql = unnestSql(shape, this.next, alias);
    this.next += shape.columns.length;
    return sql;
  }

  blocks(keys: readonly BlockKey[]): string[] {
    return keys.map((key) => `${key} as (${BLOCK_SQL[key](this.unnest(BLOCK_SHAPES[key]))})`);
  }
}

/**
 * Inserts the jobs that changes make, with the changes that won in `v`, and names both in `u`: every block then treats a
 * job that was made like any other.
 */
function withMadeJobs(parameters: Parameters): string[] {
  return [
    `n as materialized (select * from ${parameters.unnest(MADE_JOBS)})`,
    `i as (insert into jobs (id, client_id, blueprint_id, parent_id, parent_task, version, status, state, transitions, input, result,
         error, labels, created_at, updated_at, finished_at)
       select n.id, v.client_id, n.blueprint_id, n.parent_id, n.parent_task, n.nver, n.status, n.state, n.transitions, n.input::json,
         n.result::json, n.error::json, n.labels::jsonb, now(), now(), case when n.status >= ${FIRST_TERMINAL_CODE} then now() end
       from n join v on v.ord = n.root returning id)`,
    `u as materialized (select id, ord, nver, client_id from v
       union all select n.id, n.o, n.nver, v.client_id from n join i on i.id = n.id join v on v.ord = n.root)`,
  ];
}

/**
 * The guarded commit of a batch: `j` what is asked, `l` the lock pass, always in id order, which checks the version on the
 * locked row, `u` the winners; every other block joins `u`, so a loser writes nothing at all.
 */
function commitSql(keys: readonly BlockKey[], full: boolean): string {
  const parameters = new Parameters();
  const ctes = [
    `j as materialized (select * from ${parameters.unnest(CHANGED_JOBS)})`,
    `l as materialized (select j.* from jobs b join j on b.id = j.id and b.version = j.ver
       and (b.status < ${FIRST_TERMINAL_CODE} or j.flags & ${JOB_FLAG.reopen} <> 0) order by b.id for no key update of b)`,
    `${full ? "v" : "u"} as (update jobs b set version = l.nver, status = l.status, state = l.state, transitions = l.transitions, updated_at = now(),
       finished_at = case when l.status >= ${FIRST_TERMINAL_CODE} then coalesce(b.finished_at, now()) end,
       result = case when l.flags & ${JOB_FLAG.result} <> 0 then l.result::json else b.result end,
       error = case when l.flags & ${JOB_FLAG.error} <> 0 then l.error::json else b.error end
       from l where b.id = l.id returning b.id, l.ord, l.nver, b.client_id)`,
    ...(full ? withMadeJobs(parameters) : []),
    ...parameters.blocks(keys),
  ];
  if (full) {
    // The signal of a loser stays: it is decided again, by whoever comes next.
    ctes.push(`s as (delete from signals k using ${parameters.unnest(SIGNAL_ROWS)} where k.id = x.id
      and (k.job_id not in (select id from j) or k.job_id in (select id from u)))`);
  }
  return `with ${[...ctes, LOG_TURN].join(",\n")}\nselect id from u`;
}

/**
 * Inserts jobs with their first change. Of several rows with one key, in this batch or in others, one wins; the rest
 * insert nothing and are looked up afterwards, in a statement that sees the winner.
 */
function submitSql(): string {
  const parameters = new Parameters();
  const ctes = [
    `j as materialized (select * from ${parameters.unnest(NEW_JOBS)})`,
    `k as (insert into idempotency (client_id, key, request_hash, job_id, created_at)
       select j.client_id, j.key, decode(j.hash, 'hex'), j.id, now() from j where j.key is not null order by j.client_id, j.key, j.ord
       on conflict do nothing returning job_id)`,
    `b as (insert into jobs (id, client_id, blueprint_id, version, status, state, transitions, input, result, error, labels,
         process_id, created_at, updated_at, finished_at)
       select j.id, j.client_id, j.blueprint_id, j.nver, j.status, j.state, j.transitions, j.input::json, j.result::json, j.error::json,
         j.labels::jsonb, j.process_id, now(), now(), case when j.status >= ${FIRST_TERMINAL_CODE} then now() end
       from j where j.key is null or j.id in (select job_id from k) returning id)`,
    "v as materialized (select j.id, j.ord, j.nver, j.client_id from j join b on b.id = j.id)",
    ...withMadeJobs(parameters),
    ...parameters.blocks(SUBMIT_BLOCKS),
  ];
  return `with ${[...ctes, LOG_TURN].join(",\n")}\nselect id from u`;
}

// The number in a name is the version of the text: an older engine may run beside this one with its own.
export const COMMIT_CORE = { name: "turn_core_2", text: commitSql(CORE_BLOCKS, false) };
export const COMMIT_FULL = { name: "turn_full_4", text: commitSql(FULL_BLOCKS, true) };
export const SUBMIT = { name: "submit_3", text: submitSql() };
