import type { Database } from "./database";
import { SESSION_STATUS } from "./schema/workers";

/** Ids of sessions that are over and not yet removed, latest first. Few: they are kept for an hour. */
export async function endedSessions(database: Database, limit = 1_000): Promise<string[]> {
  const { rows } = await database.pool.query<{ id: string }>({
    name: "session_over_1",
    text: `select id from worker_sessions where status <> ${SESSION_STATUS.live} order by renewed_at desc limit $1`,
    values: [limit],
  });
  return rows.map((row) => row.id);
}
