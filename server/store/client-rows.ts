import type { JsonObject } from "@/lib/json";
import type { Database } from "./database";
import type { TokenSource } from "./schema/worker-tokens";

/** A client as those who manage clients see it. */
export interface ClientRecord {
  id: number;
  name: string;
  description: string | null;
  source: TokenSource;
  scopes: string[];
  plan: string | null;
  params: JsonObject | null;
  config: JsonObject | null;
  monthlyAttempts: number | null;
  /** Jobs of this month that counted. */
  used: number;
  createdAt: Date;
  disabledAt: Date | null;
}

/** What can be changed; absent: stays. */
export interface ClientChange {
  tokenHash?: Uint8Array;
  description?: string | null;
  scopes?: readonly string[];
  plan?: string | null;
  params?: JsonObject | null;
  config?: JsonObject | null;
  monthlyAttempts?: number | null;
  disabled?: boolean;
}

const FIELDS = `c.id, c.name, c.description, c.source, c.scopes, c.plan, c.params, c.config,
  c.monthly_attempts as "monthlyAttempts", c.created_at as "createdAt", c.disabled_at as "disabledAt",
  coalesce((select used from client_usage u
    where u.client_id = c.id and u.month = date_trunc('month', now() at time zone 'utc')::date), 0) as used`;

/** All clients but the one that operators' jobs belong to, by name; `id` for one alone. */
export async function readClients(database: Database, id: number | null = null): Promise<ClientRecord[]> {
  const { rows } = await database.pool.query<ClientRecord>(
    `select ${FIELDS} from clients c where c.source <> 'system' and ($1::int is null or c.id = $1) order by c.name`,
    [id],
  );
  return rows;
}

/** Makes a client of source `api`; its id. Throws a duplicate's error when name or token are taken. */
export async function insertClient(
  database: Database,
  client: { name: string } & Required<Pick<ClientChange, "tokenHash" | "scopes">> & ClientChange,
): Promise<number> {
  const { rows } = await database.pool.query<{ id: number }>(
    `insert into clients (name, token_hash, scopes, description, plan, params, config, monthly_attempts, source)
     values ($1, $2, $3, $4, $5, $6, $7, $8, 'api') returning id`,
    [
      client.name,
      Buffer.from(client.tokenHash),
      client.scopes,
      client.description ?? null,
      client.plan ?? null,
      jsonOf(client.params),
      jsonOf(client.config),
      client.monthlyAttempts ?? null,
    ],
  );
  return rows[0]?.id ?? 0;
}

const COLUMNS: Record<Exclude<keyof ClientChange, "disabled">, string> = {
  tokenHash: "token_hash",
  description: "description",
  scopes: "scopes",
  plan: "plan",
  params: "params",
  config: "config",
  monthlyAttempts: "monthly_attempts",
};

/** Changes a client of source `api`; false when there is none. Throws a duplicate's error when the token is taken. */
export async function updateClient(database: Database, id: number, change: ClientChange): Promise<boolean> {
  const sets: string[] = [];
  const values: unknown[] = [id];
  for (const [key, column] of Object.entries(COLUMNS) as [keyof typeof COLUMNS, string][]) {
    if (change[key] === undefined) continue;
    const value = change[key];
    values.push(
      key === "params" || key === "config"
        ? jsonOf(change[key])
        : key === "tokenHash"
          ? Buffer.from(value as Uint8Array)
          : value,
    );
    sets.push(`${column} = $${values.length}`);
  }
  if (change.disabled !== undefined)
    sets.push(`disabled_at = ${change.disabled ? "coalesce(disabled_at, now())" : "null"}`);
  if (sets.length === 0) sets.push("id = id");
  const { rowCount } = await database.pool.query(
    `update clients set ${sets.join(", ")} where id = $1 and source = 'api'`,
    values,
  );
  return rowCount === 1;
}

/**
 * Deletes a disabled client of source `api`; false when jobs belong to it. Throws a reference's error when blueprints or
 * reports do.
 */
export async function deleteClient(database: Database, id: number): Promise<boolean> {
  const { rowCount } = await database.pool.query(
    `delete from clients c where c.id = $1 and c.source = 'api' and c.disabled_at is not null
       and not exists (select from jobs j where j.client_id = c.id)`,
    [id],
  );
  return rowCount === 1;
}

function jsonOf(value: JsonObject | null | undefined): string | null {
  return value ? JSON.stringify(value) : null;
}
