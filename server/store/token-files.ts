import type pg from "pg";
import type { Database } from "./database";
import { inTransaction } from "./transaction";

/** What a file says of one client or worker token; the members beside name and hash are the table's columns. */
export interface FileRow {
  name: string;
  tokenHash: Uint8Array;
  values: Record<string, unknown>;
}

/** What a row cannot be stored for: somebody who is not of this file has its name or its token. */
export interface TakenRow {
  name: string;
  what: "name" | "token";
  /** Whose it is. */
  by: string;
  source: string;
}

export type FileSync = { taken: TakenRow[] } | { taken: null; added: number; changed: number; disabled: number };

interface Table {
  table: "clients" | "worker_tokens";
  /** What the hash of a row becomes that may not be used any more, so that its token is free for another. */
  noHash: string;
  columns: Record<string, string>;
}

const CLIENTS: Table = {
  table: "clients",
  noHash: "null",
  columns: {
    description: "text",
    scopes: "text[]",
    plan: "text",
    monthly_attempts: "integer",
    params: "json",
    config: "json",
  },
};

const WORKER_TOKENS: Table = {
  table: "worker_tokens",
  noHash: "sha256(convert_to(gen_random_uuid()::text, 'utf8'))",
  columns: { description: "text", worker: "text", skills: "text[]" },
};

/** Longer than the other processes that start at the same time need together. */
const LOCK_WAIT = "8s";

/** Makes the clients of source `file` exactly these, in one transaction; those that left the file are disabled. */
export function syncFileClients(database: Database, rows: readonly FileRow[]): Promise<FileSync> {
  return sync(database, CLIENTS, rows);
}

/** The same for worker tokens. */
export function syncFileWorkerTokens(database: Database, rows: readonly FileRow[]): Promise<FileSync> {
  return sync(database, WORKER_TOKENS, rows);
}

function sync(database: Database, table: Table, rows: readonly FileRow[]): Promise<FileSync> {
  const names = rows.map((row) => row.name);
  const hashes = rows.map((row) => Buffer.from(row.tokenHash));
  return inTransaction(database.pool, async (client) => {
    await client.query(`set local lock_timeout = '${LOCK_WAIT}'`);
    await client.query("select pg_advisory_xact_lock(hashtext('batuta token files'))");
    const taken = await takenRows(client, table, rows, names, hashes);
    if (taken.length > 0) return { taken };
    const disabled = await leave(client, table, names);
    await freeChangedTokens(client, table, names, hashes);
    return { taken: null, disabled, ...(await write(client, table, rows)) };
  });
}

async function takenRows(
  client: pg.PoolClient,
  { table }: Table,
  rows: readonly FileRow[],
  names: string[],
  hashes: Buffer[],
): Promise<TakenRow[]> {
  const found = await client.query<{ name: string; source: string; token_hash: Buffer | null }>(
    `select name, source, token_hash from ${table} where source <> 'file' and (name = any($1) or token_hash = any($2))`,
    [names, hashes],
  );
  return found.rows.flatMap(({ name: by, source, token_hash: hash }): TakenRow[] => {
    if (names.includes(by)) return [{ name: by, what: "name", by, source }];
    const row = rows.find((one) => hash && Buffer.compare(one.tokenHash, hash) === 0);
    return row ? [{ name: row.name, what: "token", by, source }] : [];
  });
}

async function leave(client: pg.PoolClient, { table, noHash }: Table, names: string[]): Promise<number> {
  const { rowCount } = await client.query(
    `update ${table} set disabled_at = now(), token_hash = ${noHash}
     where source = 'file' and name <> all($1) and disabled_at is null`,
    [names],
  );
  return rowCount ?? 0;
}

/** Two entries may have exchanged their tokens. */
async function freeChangedTokens(
  client: pg.PoolClient,
  { table, noHash }: Table,
  names: string[],
  hashes: Buffer[],
): Promise<void> {
  await client.query(
    `update ${table} t set token_hash = ${noHash} from unnest($1::text[], $2::bytea[]) as x(name, hash)
     where t.name = x.name and t.source = 'file' and t.token_hash <> x.hash`,
    [names, hashes],
  );
}

async function write(
  client: pg.PoolClient,
  { table, columns }: Table,
  rows: readonly FileRow[],
): Promise<{ added: number; changed: number }> {
  const names = Object.keys(columns);
  const compared = (of: string) =>
    [...names.map((name) => `${of}.${name}::text`), `${of}.token_hash::text`, `${of}.disabled_at is null`].join(", ");
  const { rows: written } = await client.query<{ added: boolean }>(
    `insert into ${table} (name, token_hash, source, ${names.join(", ")})
     select name, decode(hash, 'hex'), 'file', ${names.join(", ")}
     from json_to_recordset($1) as x(name text, hash text, ${names.map((name) => `${name} ${columns[name]}`).join(", ")})
     order by name
     on conflict (name) do update set token_hash = excluded.token_hash, disabled_at = null,
       ${names.map((name) => `${name} = excluded.${name}`).join(", ")}
     where (${compared(table)}) is distinct from (${compared("excluded")})
     returning xmax = 0 as added`,
    [
      JSON.stringify(
        rows.map((row) => ({ name: row.name, hash: Buffer.from(row.tokenHash).toString("hex"), ...row.values })),
      ),
    ],
  );
  const added = written.filter((row) => row.added).length;
  return { added, changed: written.length - added };
}
