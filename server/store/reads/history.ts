import type { Pool } from "pg";
import { eventKindOf, type HistoryEvent, SECURITY_MEMBER } from "@/lib/job-event";
import { isJsonObject, type JsonObject } from "@/lib/json";

/** `state_entered`: the events that say in which state the following ones happened. */
const ENTERED = 2;
const CREATED = 1;

interface EventRecord {
  job_id: string;
  seq: number;
  kind: number;
  at: Date;
  data: JsonObject | null;
  before: string | null;
}

/** A job's events after `afterSeq`, oldest first, each with the state that the job was in. A range of the primary key. */
export async function readHistory(pool: Pool, id: string, afterSeq: number, limit: number): Promise<HistoryEvent[]> {
  const { rows } = await pool.query<EventRecord>(
    `select e.job_id, e.seq, e.kind, e.at, e.data,
            case when e.seq - 1 = $2::int then
              (select s.data->>'state' from events s where s.job_id = $1 and s.seq <= $2 and s.kind = ${ENTERED} order by s.seq desc limit 1) end as before
     from events e where e.job_id = $1 and e.seq > $2 order by e.seq limit $3`,
    [id, afterSeq, limit],
  );
  return historyOf(rows);
}

/**
 * New events of several jobs at once: of each job those after its number, at most `limitPerJob`. One statement, one
 * range of the primary key per job.
 */
export async function readNewEvents(
  pool: Pool,
  asked: readonly { jobId: string; afterSeq: number }[],
  limitPerJob: number,
): Promise<Map<string, HistoryEvent[]>> {
  const { rows } = await pool.query<EventRecord>(
    `select e.job_id, e.seq, e.kind, e.at, e.data,
            case when e.seq - 1 = x.after then
              (select s.data->>'state' from events s where s.job_id = x.id and s.seq <= x.after and s.kind = ${ENTERED} order by s.seq desc limit 1) end as before
     from unnest($1::uuid[], $2::int[]) as x(id, after)
     cross join lateral (select * from events v where v.job_id = x.id and v.seq > x.after order by v.seq limit $3) e
     order by e.job_id, e.seq`,
    [asked.map((one) => one.jobId), asked.map((one) => one.afterSeq), limitPerJob],
  );
  const byJob = new Map<string, EventRecord[]>();
  for (const row of rows) {
    const known = byJob.get(row.job_id);
    if (known) known.push(row);
    else byJob.set(row.job_id, [row]);
  }
  return new Map([...byJob].map(([id, records]) => [id, historyOf(records)]));
}

/** An event that enters a state happens in it; what comes before the first entry belongs to the state first entered. */
function historyOf(rows: EventRecord[]): HistoryEvent[] {
  const firstEntered = rows.find((row) => row.kind === ENTERED)?.data?.state;
  let state = rows[0]?.before ?? (typeof firstEntered === "string" ? firstEntered : "");
  return rows.map((row) => {
    if (row.kind === ENTERED && typeof row.data?.state === "string") state = row.data.state;
    return {
      seq: row.seq,
      event_type: eventKindOf(row.kind),
      timestamp: row.at.toISOString(),
      state,
      data: shownData(row.kind, row.data ?? {}),
    };
  });
}

/**
 * What the installation knows of a client is for the job's handlers: it may say more than the client should read. The
 * job's security context is for its workers.
 */
function shownData(kind: number, data: JsonObject): JsonObject {
  if (kind !== CREATED) return data;
  const { client: _, ...shown } = data;
  return isJsonObject(shown.metadata) ? { ...shown, metadata: withoutSecurity(shown.metadata) } : shown;
}

/** Metadata as they are shown. */
export function withoutSecurity({ [SECURITY_MEMBER]: _, ...shown }: JsonObject): JsonObject {
  return shown;
}

/** A job's input and all of its events as they are stored, for folding. */
export async function readPlainEvents(
  pool: Pool,
  id: string,
): Promise<{ input: JsonObject; events: { seq: number; kind: number; data: JsonObject }[] }> {
  const job = await pool.query<{ input: JsonObject }>("select input from jobs where id = $1", [id]);
  const { rows } = await pool.query<{ seq: number; kind: number; data: JsonObject }>(
    "select seq, kind, data from events where job_id = $1 order by seq",
    [id],
  );
  return { input: job.rows[0]?.input ?? {}, events: rows };
}
