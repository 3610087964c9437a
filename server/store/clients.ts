import type { JsonObject } from "@/lib/json";
import type { Database } from "./database";
import type { TokenSource } from "./schema/worker-tokens";

/** What a client's jobs are told of it. */
export interface ClientFacts {
  plan: string | null;
  params: JsonObject;
  /** Everything else that its entry says. */
  config: JsonObject;
}

export interface Client {
  id: number;
  name: string;
  scopes: string[];
  facts: ClientFacts;
  /** Jobs that it may start in a calendar month; null: any number. */
  monthlyAttempts: number | null;
}

type ClientRow = Omit<Client, "facts"> & { plan: string | null; params: JsonObject | null; config: JsonObject | null };

/** The client that a token belongs to; null when there is none or it is disabled. `tokenHash` is SHA-256 of the token. */
export async function clientByTokenHash(database: Database, tokenHash: Uint8Array): Promise<Client | null> {
  const { rows } = await database.pool.query<ClientRow>({
    name: "client_by_token_2",
    text: `select id, name, scopes, plan, params, config, monthly_attempts as "monthlyAttempts"
           from clients where token_hash = $1 and disabled_at is null`,
    values: [Buffer.from(tokenHash)],
  });
  return clientOf(rows[0]);
}

/** The same by the client's name, which is unique. */
export async function clientByName(database: Database, name: string): Promise<Client | null> {
  const { rows } = await database.pool.query<ClientRow>(
    `select id, name, scopes, plan, params, config, monthly_attempts as "monthlyAttempts"
     from clients where name = $1 and disabled_at is null`,
    [name],
  );
  return clientOf(rows[0]);
}

function clientOf(row: ClientRow | undefined): Client | null {
  if (!row) return null;
  const { plan, params, config, ...client } = row;
  return { ...client, facts: { plan, params: params ?? {}, config: config ?? {} } };
}

/** Makes or changes the client of this name, and enables it. Throws 23505 when another client has the same token. */
export async function putClient(
  database: Database,
  client: { name: string; tokenHash: Uint8Array; scopes: readonly string[]; source?: TokenSource },
): Promise<number> {
  const { rows } = await database.pool.query<{ id: number }>(
    `insert into clients (name, token_hash, scopes, source) values ($1, $2, $3, $4)
     on conflict (name) do update set token_hash = excluded.token_hash, scopes = excluded.scopes, source = excluded.source,
       disabled_at = null
     returning id`,
    [client.name, Buffer.from(client.tokenHash), client.scopes, client.source ?? "api"],
  );
  return rows[0]?.id ?? 0;
}
