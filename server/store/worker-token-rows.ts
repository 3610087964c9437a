import type { Database } from "./database";
import type { TokenSource } from "./schema/worker-tokens";

/** A worker token as those who manage tokens see it. */
export interface WorkerTokenRecord {
  id: number;
  name: string;
  description: string | null;
  source: TokenSource;
  worker: string | null;
  skills: string[] | null;
  createdAt: Date;
  disabledAt: Date | null;
}

/** What can be changed; absent: stays. */
export interface WorkerTokenChange {
  tokenHash?: Uint8Array;
  description?: string | null;
  worker?: string | null;
  skills?: readonly string[] | null;
  disabled?: boolean;
}

/** All worker tokens by name; `id` for one alone. */
export async function readWorkerTokens(database: Database, id: number | null = null): Promise<WorkerTokenRecord[]> {
  const { rows } = await database.pool.query<WorkerTokenRecord>(
    `select id, name, description, source, worker, skills, created_at as "createdAt", disabled_at as "disabledAt"
     from worker_tokens where $1::int is null or id = $1 order by name`,
    [id],
  );
  return rows;
}

/** Makes a worker token of source `api`; its id. Throws a duplicate's error when name or token are taken. */
export async function insertWorkerToken(
  database: Database,
  token: { name: string; tokenHash: Uint8Array } & WorkerTokenChange,
): Promise<number> {
  const { rows } = await database.pool.query<{ id: number }>(
    `insert into worker_tokens (name, token_hash, description, worker, skills, source)
     values ($1, $2, $3, $4, $5, 'api') returning id`,
    [token.name, Buffer.from(token.tokenHash), token.description ?? null, token.worker ?? null, token.skills ?? null],
  );
  return rows[0]?.id ?? 0;
}

/** Changes a worker token of source `api`; false when there is none. Throws a duplicate's error when the token is taken. */
export async function updateWorkerToken(database: Database, id: number, change: WorkerTokenChange): Promise<boolean> {
  const sets: string[] = [];
  const values: unknown[] = [id];
  const set = (column: string, value: unknown) => {
    if (value === undefined) return;
    values.push(value);
    sets.push(`${column} = $${values.length}`);
  };
  set("token_hash", change.tokenHash && Buffer.from(change.tokenHash));
  set("description", change.description);
  set("worker", change.worker);
  set("skills", change.skills);
  if (change.disabled !== undefined)
    sets.push(`disabled_at = ${change.disabled ? "coalesce(disabled_at, now())" : "null"}`);
  if (sets.length === 0) sets.push("name = name");
  const { rowCount } = await database.pool.query(
    `update worker_tokens set ${sets.join(", ")} where id = $1 and source = 'api'`,
    values,
  );
  return rowCount === 1;
}

/** Deletes a worker token of source `api`; false when there is none. */
export async function deleteWorkerToken(database: Database, id: number): Promise<boolean> {
  const { rowCount } = await database.pool.query("delete from worker_tokens where id = $1 and source = 'api'", [id]);
  return rowCount === 1;
}
