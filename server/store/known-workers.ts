import type { WorkerCard } from "@/server/dispatch/worker-card";
import type { Database } from "./database";
import { SESSION_KIND, SESSION_STATUS } from "./schema/workers";

/** A session as its row has it, without its card: `cardHash` tells whether that changed. */
export interface WorkerSessionRow {
  id: string;
  worker: string;
  kind: "http" | "own";
  skills: string[];
  hotSkills: string[] | null;
  beat: string | null;
  slots: number;
  draining: boolean;
  live: boolean;
  cardHash: string | null;
}

const { live } = SESSION_STATUS;

/** As a text that sorts. */
const instant = (sql: string) => `to_char(${sql} at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`;

const COLUMNS = `id::text, worker, case kind when ${SESSION_KIND.http} then 'http' else 'own' end as kind, skills, hot_skills as "hotSkills",
    beat, slots, draining, status = ${live} as live, md5(card::text) as "cardHash"`;
/** A web process holds a session of its own for the tasks that it hands out to remote workers; that one runs none. */
const WORKERS = `not (kind = ${SESSION_KIND.own} and instance is not null)`;

/** A change is seen although its transaction began so long before others that were read already. */
const OVERLAP = "interval '2 seconds'";

/**
 * Sessions whose rows changed since the instant `since`, less an overlap, ended ones too; null: all live ones. `at` is the
 * instant of this read, by the database's clock: the `since` of the next.
 */
export async function readChangedSessions(
  database: Database,
  since: string | null,
): Promise<{ at: string; rows: WorkerSessionRow[] }> {
  const { rows } = await database.pool.query<WorkerSessionRow & { at: string }>({
    name: since === null ? "sessions_all_1" : "sessions_changed_1",
    text: `select x.*, ${instant("now()")} as at from (select) n left join lateral (select ${COLUMNS} from worker_sessions
      where ${since === null ? `status = ${live}` : `card_at >= $1::timestamptz - ${OVERLAP}`} and ${WORKERS}) x on true`,
    values: since === null ? [] : [since],
  });
  return { at: rows[0]?.at ?? "", rows: rows.filter((row) => row.id !== null) };
}

/** The cards of these sessions; a session without one is absent. */
export async function readCards(database: Database, ids: string[]): Promise<Map<string, WorkerCard>> {
  const cards = new Map<string, WorkerCard>();
  for (let first = 0; first < ids.length; first += 1_000) {
    const { rows } = await database.pool.query<{ id: string; card: WorkerCard }>({
      name: "session_cards_1",
      text: "select id::text, card from worker_sessions where id = any ($1::uuid[]) and card is not null",
      values: [ids.slice(first, first + 1_000)],
    });
    for (const { id, card } of rows) cards.set(id, card);
  }
  return cards;
}

/** Ids of sessions that count as live and were not renewed for `leaseMs`. */
export async function readSilentSessions(database: Database, leaseMs: number): Promise<Set<string>> {
  const { rows } = await database.pool.query<{ id: string }>({
    name: "sessions_silent_1",
    text: `select id::text from worker_sessions where status = ${live} and renewed_at < now() - $1 * interval '1 ms'`,
    values: [leaseMs],
  });
  return new Set(rows.map((row) => row.id));
}

/** Workers' reputations that changed since `since` (an `updatedAt`); null: all. */
export async function readReputations(
  database: Database,
  since: string | null,
): Promise<{ worker: string; reputation: number; updatedAt: string }[]> {
  const { rows } = await database.pool.query<{ worker: string; reputation: number; updatedAt: string }>({
    name: "reputations_1",
    text: `select worker, reputation, ${instant("updated_at")} as "updatedAt" from worker_reputations
      where $1::timestamptz is null or updated_at >= $1::timestamptz - ${OVERLAP}`,
    values: [since],
  });
  return rows;
}
