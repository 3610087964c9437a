import type { Database } from "./database";
import type { TokenSource } from "./schema/worker-tokens";

export interface WorkerToken {
  id: number;
  name: string;
  /** The only worker that may use it, or a pattern of such with `*` and `?`; null: any. */
  worker: string | null;
  /** The only skills that it may be used for; null: any. */
  skills: string[] | null;
}

/** Null when no worker token has this hash or it is disabled. */
export async function workerTokenByHash(database: Database, tokenHash: Uint8Array): Promise<WorkerToken | null> {
  const { rows } = await database.pool.query<WorkerToken>({
    name: "worker_token_2",
    text: "select id, name, worker, skills from worker_tokens where token_hash = $1 and disabled_at is null",
    values: [Buffer.from(tokenHash)],
  });
  return rows[0] ?? null;
}

/** Makes or changes the worker token of this name, and enables it. Throws 23505 when another one is the same token. */
export async function putWorkerToken(
  database: Database,
  token: {
    name: string;
    worker: string | null;
    tokenHash: Uint8Array;
    skills?: readonly string[] | null;
    source?: TokenSource;
  },
): Promise<number> {
  const { rows } = await database.pool.query<{ id: number }>(
    `insert into worker_tokens (name, worker, token_hash, skills, source) values ($1, $2, $3, $4, $5)
     on conflict (name) do update set worker = excluded.worker, token_hash = excluded.token_hash,
       skills = excluded.skills, source = excluded.source, disabled_at = null
     returning id`,
    [token.name, token.worker, Buffer.from(token.tokenHash), token.skills ?? null, token.source ?? "api"],
  );
  return rows[0]?.id ?? 0;
}
