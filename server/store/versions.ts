import type { JsonValue } from "@/lib/json";
import type { Database } from "./database";
import { inTransaction } from "./transaction";

/** What an engine has: a document's hash or another need, and the revision of the code behind it. */
export interface Advertised {
  need: string;
  revision: string | null;
}

/** Says what this engine has. It counts while the lease `engine:<engine>` lives. Forgets engines that are long gone. */
export async function advertise(database: Database, engine: string, has: Advertised[]): Promise<void> {
  await inTransaction(database.pool, async (client) => {
    await client.query(
      `delete from engine_versions v where v.engine = $1 or not exists (
         select from leases l where l.name = 'engine:' || v.engine and l.until > now() - interval '1 hour')`,
      [engine],
    );
    await client.query(
      "insert into engine_versions (engine, need, revision) select $1, x.need, x.revision from unnest($2::text[], $3::text[]) as x(need, revision) on conflict do nothing",
      [engine, has.map((one) => one.need), has.map((one) => one.revision)],
    );
  });
}

/** From now on this engine has nothing. */
export async function stopAdvertising(database: Database, engine: string): Promise<void> {
  await database.pool.query("delete from engine_versions where engine = $1", [engine]);
}

/** A signal on its way into the hands of an engine that has all of `needs`. `lane`: its job's partition. */
export interface SignalToLeave {
  lane: number;
  jobId: string;
  body: string;
  needs: string[];
  /** Somebody waits for the answer. */
  asked: boolean;
}

const LEAVE = {
  name: "leave_signals_1",
  text: `insert into signals (lane, job_id, body, needs, left_at, asked)
    select x.lane, x.job_id, x.body, array(select json_array_elements_text(x.needs::json)), now(), x.asked
    from unnest($1::smallint[], $2::uuid[], $3::text[], $4::text[], $5::boolean[]) with ordinality as x(lane, job_id, body, needs, asked, ord)
    order by x.ord
    on conflict (job_id, md5(body)) where needs is not null
    do update set needs = excluded.needs, asked = signals.asked or excluded.asked
    returning id::text, job_id as "jobId", body`,
};

/**
 * Stores signals for engines that have what they need, and removes the rows (`answered`) that they came in. The same
 * signal of a job is kept once. Returns the ids of the rows, in order.
 */
export async function leaveSignals(
  database: Database,
  signals: SignalToLeave[],
  answered: string[],
): Promise<string[]> {
  const nameOf = ({ jobId, body }: { jobId: string; body: string }) => `${jobId} ${body}`;
  const once = [...new Map(signals.map((signal) => [nameOf(signal), signal])).values()];
  return inTransaction(database.pool, async (client) => {
    if (answered.length > 0) await client.query("delete from signals where id = any ($1::bigint[])", [answered]);
    const { rows } = await client.query<{ id: string; jobId: string; body: string }>({
      ...LEAVE,
      values: [
        once.map((one) => one.lane),
        once.map((one) => one.jobId),
        once.map((one) => one.body),
        once.map((one) => JSON.stringify(one.needs)),
        once.map((one) => one.asked),
      ],
    });
    const ids = new Map(rows.map((row) => [nameOf(row), row.id]));
    return signals.map((signal) => ids.get(nameOf(signal)) ?? "");
  });
}

export interface LeftSignal {
  id: string;
  body: string;
  asked: boolean;
}

export const CLAIM_LEFT = {
  name: "claim_left_1",
  text: `with x as materialized (select id from signals where needs is not null and needs <@ $1::text[]
      and (claimed_until is null or claimed_until < now()) order by id limit $2 for update skip locked)
    update signals s set claimed_until = now() + $3 * interval '1 ms' from x where s.id = x.id
    returning s.id::text, s.body, s.asked`,
};

/** Takes left signals that need nothing but what is in `has`; after `ttlMs` without an answer they may be taken again. */
export async function claimLeft(
  database: Database,
  has: string[],
  limit: number,
  ttlMs: number,
): Promise<LeftSignal[]> {
  const { rows } = await database.pool.query<LeftSignal>({ ...CLAIM_LEFT, values: [has, limit, ttlMs] });
  return inOrder(rows);
}

const CLAIM_HOPELESS = {
  name: "claim_hopeless_1",
  text: `with live as materialized (select array_agg(v.need) as needs from engine_versions v
      join leases l on l.name = 'engine:' || v.engine and l.until > now() group by v.engine),
    x as materialized (select s.id from signals s where s.needs is not null and s.left_at < now() - $1 * interval '1 ms'
      and (s.claimed_until is null or s.claimed_until < now())
      and not exists (select from live where s.needs <@ live.needs) order by s.id limit $2 for update skip locked)
    update signals s set claimed_until = now() + $3 * interval '1 ms' from x where s.id = x.id
    returning s.id::text, s.body, s.asked`,
};

/** Takes signals that were left more than `patienceMs` ago, and that no living engine can take. */
export async function claimHopeless(
  database: Database,
  patienceMs: number,
  limit: number,
  ttlMs: number,
): Promise<LeftSignal[]> {
  const { rows } = await database.pool.query<LeftSignal>({ ...CLAIM_HOPELESS, values: [patienceMs, limit, ttlMs] });
  return inOrder(rows);
}

function inOrder(rows: LeftSignal[]): LeftSignal[] {
  return rows.sort((a, b) => (BigInt(a.id) < BigInt(b.id) ? -1 : 1));
}

/** Takes a left signal back, unless an engine has it in its hands; true when nothing will become of it. */
export async function withdrawLeft(database: Database, id: string): Promise<boolean> {
  const { rowCount } = await database.pool.query(
    "delete from signals where id = $1 and needs is not null and (claimed_until is null or claimed_until < now())",
    [id],
  );
  return rowCount === 1;
}

/** Those of the jobs for which a left signal waits: they need no further reminder. */
export async function jobsLeft(database: Database, jobIds: string[]): Promise<Set<string>> {
  if (jobIds.length === 0) return new Set();
  const { rows } = await database.pool.query<{ id: string }>({
    name: "jobs_left_1",
    text: "select distinct job_id as id from signals where needs is not null and job_id = any ($1::uuid[])",
    values: [[...new Set(jobIds)]],
  });
  return new Set(rows.map((row) => row.id));
}

/** Keeps what became of a left signal, for a minute. */
export async function answerLeft(database: Database, id: string, answer: JsonValue): Promise<void> {
  await database.pool.query(
    `with old as (delete from signal_answers where at < now() - interval '1 minute')
     insert into signal_answers (signal_id, answer) values ($1, $2) on conflict (signal_id) do update set answer = excluded.answer`,
    [id, JSON.stringify(answer)],
  );
}

/** Undefined while there is none. */
export async function readAnswer(database: Database, id: string): Promise<JsonValue | undefined> {
  const { rows } = await database.pool.query<{ answer: JsonValue }>({
    name: "signal_answer_1",
    text: "select answer from signal_answers where signal_id = $1",
    values: [id],
  });
  return rows[0]?.answer;
}

/** Engines that live, with what each has. */
export async function liveEngines(database: Database): Promise<{ engine: string; has: Advertised[] }[]> {
  const { rows } = await database.pool.query<{ engine: string; has: Advertised[] }>(
    `select v.engine, json_agg(json_build_object('need', v.need, 'revision', v.revision) order by v.need) as has
     from engine_versions v join leases l on l.name = 'engine:' || v.engine and l.until > now() group by v.engine order by v.engine`,
  );
  return rows;
}
