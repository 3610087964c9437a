import type { Database } from "./database";

/** True when a worker of exactly this name has a token of its own. */
export async function workerHasOwnToken(database: Database, worker: string): Promise<boolean> {
  const { rowCount } = await database.pool.query({
    name: "worker_own_token_1",
    text: "select from worker_tokens where worker = $1 and disabled_at is null limit 1",
    values: [worker],
  });
  return rowCount === 1;
}
