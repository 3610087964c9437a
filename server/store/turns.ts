import { type JobStatus, jobStatusOf } from "@/lib/job-status";
import type { Database } from "./database";

/** A change of a job, by the commit that made it. `status` and `state` are the job's of now, at `currentVersion`. */
export interface TurnChange {
  jobId: string;
  version: number;
  currentVersion: number;
  status: JobStatus;
  state: string;
  clientId: number;
  blueprint: string;
}

export interface TurnPage {
  /** Everything below has ended for good: where the next read begins. Decimal text. */
  horizon: string;
  changes: TurnChange[];
}

type Row = { horizon: string } & Partial<Omit<TurnChange, "status"> & { status: number }>;

// `jobs` is probed by its key, whatever the planner thinks of the size of the log.
const CHANGES = `x.job_id as "jobId", x.version, j.version as "currentVersion", j.status, j.state, j.client_id as "clientId", j.blueprint`;
const JOB = `lateral (select b.version, b.status, b.state, b.client_id, coalesce(p.name, '') as blueprint
  from jobs b left join blueprints p on p.id = b.blueprint_id where b.id = x.job_id offset 0) j`;
const HORIZON = "with s as (select pg_snapshot_xmin(pg_current_snapshot())::text::bigint as h)";

export const READ_TURNS = {
  name: "turns_read_1",
  text: `${HORIZON} select s.h::text as horizon, c.* from s left join lateral (
      select t.xid, ${CHANGES} from turns t, unnest(t.jobs, t.versions) as x(job_id, version), ${JOB}
      where t.xid >= $1::bigint and t.xid < s.h) c on true order by c.xid`,
};

/** The horizon alone: where a reader begins that wants only what comes. */
export async function turnsHorizon(database: Database): Promise<string> {
  const { rows } = await database.pool.query<{ h: string }>(`${HORIZON} select h::text from s`);
  return rows[0]?.h ?? "0";
}

/** Changes committed at or after `fromXid` and below the horizon, in the order of their transactions. Never skips one. */
export async function readTurns(database: Database, fromXid: string): Promise<TurnPage> {
  const { rows } = await database.pool.query<Row>({ ...READ_TURNS, values: [fromXid] });
  return { horizon: rows[0]?.horizon ?? fromXid, changes: changesOf(rows) };
}

const COUNT = {
  name: "turns_count_1",
  text: `${HORIZON} select s.h::text as horizon, (select min(xid) from turns) <= $1::bigint as whole,
      (select coalesce(sum(cardinality(jobs)), 0)::int from (select jobs from turns where xid >= $1::bigint limit $2) t) as changes from s`,
};

const RESUME = {
  name: "turns_resume_1",
  text: `${HORIZON} select s.h::text as horizon, c.* from s left join lateral (
      select t.xid, ${CHANGES} from turns t, unnest(t.jobs, t.versions) as x(job_id, version), ${JOB}
      where t.xid >= $1::bigint) c on true order by c.xid`,
};

/**
 * All visible changes at or after `fromXid`, without an upper bound: for a browser that comes back. Null: too far back
 * (older than the log, or more than `limit` changes, or of another cluster), so the page must be fetched again.
 */
export async function resumeTurns(database: Database, fromXid: string, limit: number): Promise<TurnPage | null> {
  if (!/^\d{1,18}$/.test(fromXid)) return null;
  const counted = await database.pool.query<{ horizon: string; whole: boolean | null; changes: number }>({
    ...COUNT,
    values: [fromXid, limit + 1],
  });
  const found = counted.rows[0];
  if (!found?.whole || found.changes > limit || BigInt(fromXid) > BigInt(found.horizon)) return null;
  const { rows } = await database.pool.query<Row>({ ...RESUME, values: [fromXid] });
  return { horizon: rows[0]?.horizon ?? fromXid, changes: changesOf(rows) };
}

/** Removes turns older than `keepMs`. The newest of them stays, as the mark from which the log is whole. */
export async function cleanTurns(database: Database, keepMs: number): Promise<number> {
  const { rowCount } = await database.pool.query(
    `delete from turns where xid < (select max(xid) from turns where at < now() - $1 * interval '1 ms')
       and at < now() - $1 * interval '1 ms'`,
    [keepMs],
  );
  return rowCount ?? 0;
}

/** Names this cluster: transaction ids of another one mean nothing here. */
export async function systemIdentifier(database: Database): Promise<string> {
  const { rows } = await database.pool.query<{ id: string }>(
    "select system_identifier::text as id from pg_control_system()",
  );
  return rows[0]?.id ?? "";
}

function changesOf(rows: Row[]): TurnChange[] {
  const changes: TurnChange[] = [];
  for (const row of rows) {
    const { jobId, version, currentVersion, status, state, clientId, blueprint } = row;
    if (!jobId || version === undefined || status === undefined || currentVersion === undefined) continue;
    changes.push({
      jobId,
      version,
      currentVersion,
      status: jobStatusOf(status),
      state: state ?? "",
      clientId: clientId ?? 0,
      blueprint: blueprint ?? "",
    });
  }
  return changes;
}
