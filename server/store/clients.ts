import type { JsonObject } from "@/lib/json";
import type { Database } from "./database";

export interface Client {
  id: number;
  name: string;
  scopes: string[];
}

/** The client that a token belongs to; null when there is none or it is disabled. `tokenHash` is SHA-256 of the token. */
export async function clientByTokenHash(database: Database, tokenHash: Uint8Array): Promise<Client | null> {
  const { rows } = await database.pool.query<Client>({
    name: "client_by_token_1",
    text: "select id, name, scopes from clients where token_hash = $1 and disabled_at is null",
    values: [Buffer.from(tokenHash)],
  });
  return rows[0] ?? null;
}

/** Makes or changes the client of this name, and enables it. Throws 23505 when another client has the same token. */
export async function putClient(
  database: Database,
  client: { name: string; tokenHash: Uint8Array; scopes: string[] },
): Promise<number> {
  const { rows } = await database.pool.query<{ id: number }>(
    `insert into clients (name, token_hash, scopes) values ($1, $2, $3)
     on conflict (name) do update set token_hash = excluded.token_hash, scopes = excluded.scopes, disabled_at = null returning id`,
    [client.name, Buffer.from(client.tokenHash), client.scopes],
  );
  return rows[0]?.id ?? 0;
}

/** What handlers may know of a client. */
export interface ClientFacts {
  name: string;
  plan: string | null;
  params: JsonObject;
}

/** Null when there is no such client. */
export async function clientFacts(database: Database, id: number): Promise<ClientFacts | null> {
  const { rows } = await database.pool.query<{ name: string; plan: string | null; params: JsonObject | null }>({
    name: "client_facts_1",
    text: "select name, plan, params from clients where id = $1",
    values: [id],
  });
  const [row] = rows;
  return row ? { ...row, params: row.params ?? {} } : null;
}

export interface WorkerToken {
  id: number;
  name: string;
  /** The only worker that may use it; null: any. */
  worker: string | null;
}

/** Null when no worker token has this hash or it is disabled. */
export async function workerTokenByHash(database: Database, tokenHash: Uint8Array): Promise<WorkerToken | null> {
  const { rows } = await database.pool.query<WorkerToken>({
    name: "worker_token_1",
    text: "select id, name, worker from worker_tokens where token_hash = $1 and disabled_at is null",
    values: [Buffer.from(tokenHash)],
  });
  return rows[0] ?? null;
}

/** Makes or changes the worker token of this name, and enables it. */
export async function putWorkerToken(
  database: Database,
  token: { name: string; worker: string | null; tokenHash: Uint8Array },
): Promise<number> {
  const { rows } = await database.pool.query<{ id: number }>(
    `insert into worker_tokens (name, worker, token_hash) values ($1, $2, $3)
     on conflict (name) do update set worker = excluded.worker, token_hash = excluded.token_hash, disabled_at = null returning id`,
    [token.name, token.worker, Buffer.from(token.tokenHash)],
  );
  return rows[0]?.id ?? 0;
}
