import type { PoolClient } from "pg";
import { FIRST_TERMINAL_CODE } from "@/lib/job-status";
import type { Database } from "./database";
import { inTransaction } from "./transaction";

export type Archived =
  /** `current`: the version that new jobs get from now on; null when none is left. */
  | { done: true; current: number | null }
  | { done: false; reason: "not_found" }
  /** Jobs that have not ended are pinned to it. */
  | { done: false; reason: "in_use"; openJobs: number }
  /** Running engines have its code, and would store it again at their next start. */
  | { done: false; reason: "running"; engines: number }
  /** The version that would take its place is started where another blueprint is now. */
  | { done: false; reason: "endpoint"; version: number };

/**
 * Takes a version out of use: it is in no list and starts no job. The document stays, because jobs that ran with it are
 * looked at, and retried, by it; the same content put again brings it back. When it was the current version, the newest
 * of the others becomes that.
 */
export async function archiveVersion(database: Database, name: string, version: number): Promise<Archived> {
  try {
    return await inTransaction(database.pool, (client) => archive(client, name, version));
  } catch (error) {
    if (error instanceof EndpointTaken) return { done: false, reason: "endpoint", version: error.version };
    throw error;
  }
}

class EndpointTaken extends Error {
  constructor(readonly version: number) {
    super("the endpoint is taken");
  }
}

async function archive(client: PoolClient, name: string, version: number): Promise<Archived> {
  await client.query("select pg_advisory_xact_lock(hashtextextended($1, 1))", [name]);
  const found = await client.query<{ id: number; hash: string; isHead: boolean }>(
    `select p.id, p.hash, coalesce(h.blueprint_id = p.id, false) as "isHead" from blueprints p
     left join blueprint_heads h on h.name = p.name where p.name = $1 and p.version = $2 and p.archived_at is null`,
    [name, version],
  );
  const [row] = found.rows;
  if (!row) return { done: false, reason: "not_found" };
  const open = await client.query<{ n: number }>(
    "select count(*)::int as n from jobs where blueprint_id = $1 and status < $2",
    [row.id, FIRST_TERMINAL_CODE],
  );
  const openJobs = open.rows[0]?.n ?? 0;
  if (openJobs > 0) return { done: false, reason: "in_use", openJobs };
  const running = await client.query<{ n: number }>(
    `select count(*)::int as n from engine_versions v join leases l on l.name = 'engine:' || v.engine and l.until > now() where v.need = $1`,
    [row.hash],
  );
  const engines = running.rows[0]?.n ?? 0;
  if (engines > 0) return { done: false, reason: "running", engines };
  await client.query("update blueprints set archived_at = now() where id = $1", [row.id]);
  return { done: true, current: row.isHead ? await moveHead(client, name) : await headVersion(client, name) };
}

async function headVersion(client: PoolClient, name: string): Promise<number | null> {
  const { rows } = await client.query<{ version: number }>(
    "select p.version from blueprint_heads h join blueprints p on p.id = h.blueprint_id where h.name = $1",
    [name],
  );
  return rows[0]?.version ?? null;
}

async function moveHead(client: PoolClient, name: string): Promise<number | null> {
  const { rows } = await client.query<{ id: number; version: number; endpoint: string | null; api: string | null }>(
    `select id, version, api_endpoint as endpoint, api_version as api from blueprints
     where name = $1 and archived_at is null order by version desc limit 1`,
    [name],
  );
  const [next] = rows;
  if (!next) {
    await client.query("delete from blueprint_heads where name = $1", [name]);
    return null;
  }
  const taken = await client.query(
    "select from blueprint_heads where name <> $1 and api_endpoint = $2 and coalesce(api_version, '') = coalesce($3, '')",
    [name, next.endpoint, next.api],
  );
  if (taken.rowCount) throw new EndpointTaken(next.version);
  await client.query(
    "update blueprint_heads set blueprint_id = $2, api_endpoint = $3, api_version = $4, updated_at = now() where name = $1",
    [name, next.id, next.endpoint, next.api],
  );
  return next.version;
}
