import { BlockRows } from "./block-columns";
import type { Database } from "./database";

/** A signal as a row: `body` is JSON text, `lane` the partition of its job. */
export interface SignalToStore {
  lane: number;
  jobId: string;
  body: string;
}

export interface StoredSignal {
  id: string;
  lane: number;
  body: string;
}

const ROWS_A_STATEMENT = 50;

const SIGNALS = {
  name: "signal",
  columns: [
    ["lane", "smallint"],
    ["job_id", "uuid"],
    ["body", "json"],
  ],
} as const;

const INSERT = {
  name: "signals_insert_1",
  text: `insert into signals (lane, job_id, body) select x.lane, x.job_id, x.body
    from unnest($1::text::smallint[], $2::text::uuid[], string_to_array($3::text, E'\\x1e')) with ordinality as x(lane, job_id, body, ord) order by x.ord`,
};

/** Stores signals in their order, at most 50 a statement. Those of an earlier statement stay when a later one fails. */
export async function insertSignals(database: Database, signals: SignalToStore[]): Promise<void> {
  for (let from = 0; from < signals.length; from += ROWS_A_STATEMENT) {
    const rows = new BlockRows(SIGNALS);
    for (const { lane, jobId, body } of signals.slice(from, from + ROWS_A_STATEMENT))
      rows.add(jobId, lane, jobId, body);
    await database.pool.query({ ...INSERT, values: rows.parameters() });
  }
}

export const TAKE_SIGNALS = {
  name: "signals_take_2",
  text: `select s.id::text, s.lane, s.body from signals s where s.needs is null and s.lane = any ($1::text::smallint[])
    and s.id not in (select y from unnest($3::text::bigint[]) as y) order by s.id limit $2`,
};

const DELETE = { name: "signals_delete_1", text: "delete from signals where id = any ($1::text::bigint[])" };

/**
 * Reads the signals of this engine's partitions. A row is deleted by the commit that answers it; until then, and until a
 * poll that began after that commit has ended, its id is remembered: a poll's snapshot may be older than the delete and
 * would bring the row twice.
 */
export class SignalReader {
  /** Ids that were read; the number of polls begun when it was settled, or null while it is under way. */
  private readonly known = new Map<string, number | null>();
  private pollsBegun = 0;

  constructor(private readonly database: Database) {}

  /** Up to `limit` signals that nobody here has yet, oldest first. */
  async take(lanes: number[], limit: number): Promise<StoredSignal[]> {
    if (lanes.length === 0) return [];
    this.pollsBegun += 1;
    const poll = this.pollsBegun;
    const { rows } = await this.database.pool.query<StoredSignal>({
      ...TAKE_SIGNALS,
      values: [`{${lanes.join(",")}}`, limit, `{${[...this.known.keys()].join(",")}}`],
    });
    const fresh = rows.filter((row) => !this.known.has(row.id));
    for (const row of fresh) this.known.set(row.id, null);
    for (const [id, settledAt] of this.known) if (settledAt !== null && settledAt < poll) this.known.delete(id);
    return fresh;
  }

  /** Their rows were deleted by a commit that has ended. */
  settled(ids: string[]): void {
    for (const id of ids) if (this.known.has(id)) this.known.set(id, this.pollsBegun);
  }

  /** They were not answered after all: the next poll brings them again. */
  release(ids: string[]): void {
    for (const id of ids) this.known.delete(id);
  }

  /** Deletes rows that no commit will answer (the signal changed nothing). */
  async remove(ids: string[]): Promise<void> {
    if (ids.length === 0) return;
    await this.database.pool.query({ ...DELETE, values: [`{${ids.join(",")}}`] });
    this.settled(ids);
  }
}
