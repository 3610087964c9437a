import type { PoolClient } from "pg";
import type { JsonObject } from "@/lib/json";
import { checkText } from "./block-columns";
import type { Database } from "./database";
import { inTransaction } from "./transaction";

export interface NewBlueprint {
  name: string;
  /** Of the document's canonical form: the same content is the same version. */
  hash: string;
  document: JsonObject;
  description: string | null;
  apiEndpoint: string | null;
  apiVersion: string | null;
  /** Owner. */
  clientId: number;
  /** Other clients may start jobs of it. */
  shared: boolean;
  source: "code" | "upload";
}

export interface StoredBlueprint extends NewBlueprint {
  id: number;
  version: number;
  createdAt: Date;
}

/** A version without its document. */
export type BlueprintVersion = Omit<StoredBlueprint, "document">;

/** `owner`: the name belongs to another client. `endpoint`: another blueprint (`taker`) is started there. */
export class BlueprintConflictError extends Error {
  override readonly name = "BlueprintConflictError";
  constructor(
    readonly reason: "owner" | "endpoint",
    readonly taker: string,
  ) {
    super(
      reason === "owner"
        ? `the blueprint name ${taker} belongs to another client; choose another name`
        : `the blueprint ${taker} is already started at this api_endpoint; choose another endpoint`,
    );
  }
}

const META = `p.id, p.name, p.version, p.hash, p.description, p.api_endpoint as "apiEndpoint", p.api_version as "apiVersion",
  p.client_id as "clientId", coalesce(h.shared, p.shared) as shared, p.source, p.created_at as "createdAt"`;
const FROM = "from blueprints p left join blueprint_heads h on h.name = p.name";

/**
 * Stores a document and makes it the one that new jobs of its name get. The same content again gives the version that has
 * it (`created` false). Concurrent calls for one name wait for each other. Throws BlueprintConflictError.
 */
export async function putBlueprint(
  database: Database,
  blueprint: NewBlueprint,
): Promise<{ id: number; version: number; created: boolean }> {
  checkText(blueprint.name, "name", null);
  try {
    return await inTransaction(database.pool, (client) => put(client, blueprint));
  } catch (error) {
    throw isEndpointTaken(error) ? await endpointConflict(database, blueprint) : error;
  }
}

async function put(client: PoolClient, blueprint: NewBlueprint) {
  const { name, hash, clientId, shared, apiEndpoint, apiVersion } = blueprint;
  await client.query("select pg_advisory_xact_lock(hashtextextended($1, 1))", [name]);
  const head = await client.query<{ clientId: number }>(
    `select client_id as "clientId" from blueprint_heads where name = $1`,
    [name],
  );
  if (head.rows[0] && head.rows[0].clientId !== clientId) throw new BlueprintConflictError("owner", name);
  const old = await client.query<{ id: number; version: number }>(
    "select id, version from blueprints where name = $1 and hash = $2",
    [name, hash],
  );
  const stored = old.rows[0] ?? (await insertVersion(client, blueprint));
  // What was deleted and comes again is there again.
  await client.query("update blueprints set archived_at = null where id = $1 and archived_at is not null", [stored.id]);
  await client.query(
    `insert into blueprint_heads (name, blueprint_id, client_id, shared, api_endpoint, api_version) values ($1, $2, $3, $4, $5, $6)
     on conflict (name) do update set blueprint_id = excluded.blueprint_id, shared = excluded.shared,
       api_endpoint = excluded.api_endpoint, api_version = excluded.api_version, updated_at = now()
     where (blueprint_heads.blueprint_id, blueprint_heads.shared) is distinct from (excluded.blueprint_id, excluded.shared)`,
    [name, stored.id, clientId, shared, apiEndpoint, apiVersion],
  );
  return { ...stored, created: old.rows.length === 0 };
}

async function insertVersion(client: PoolClient, blueprint: NewBlueprint): Promise<{ id: number; version: number }> {
  const { rows } = await client.query<{ id: number; version: number }>(
    `insert into blueprints (name, version, hash, document, description, api_endpoint, api_version, client_id, shared, source)
     values ($1, (select coalesce(max(version), 0) + 1 from blueprints where name = $1), $2, $3, $4, $5, $6, $7, $8, $9)
     returning id, version`,
    [
      blueprint.name,
      blueprint.hash,
      JSON.stringify(blueprint.document),
      blueprint.description,
      blueprint.apiEndpoint,
      blueprint.apiVersion,
      blueprint.clientId,
      blueprint.shared,
      blueprint.source,
    ],
  );
  const row = rows[0];
  if (!row) throw new Error("the insert of a blueprint returned nothing");
  return row;
}

function isEndpointTaken(error: unknown): boolean {
  return (
    error instanceof Error &&
    "constraint" in error &&
    (error as { constraint?: string }).constraint === "blueprint_heads_endpoint"
  );
}

async function endpointConflict(database: Database, blueprint: NewBlueprint): Promise<BlueprintConflictError> {
  const taker = await blueprintByEndpoint(database, blueprint.apiVersion, blueprint.apiEndpoint ?? "");
  return new BlueprintConflictError("endpoint", taker?.name ?? "(unknown)");
}

async function one(database: Database, where: string, values: unknown[]): Promise<StoredBlueprint | null> {
  const { rows } = await database.pool.query<StoredBlueprint>(
    `select ${META}, p.document ${FROM} where ${where}`,
    values,
  );
  return rows[0] ?? null;
}

/** A stored version; it never changes, so callers may keep it. */
export async function blueprintById(database: Database, id: number): Promise<StoredBlueprint | null> {
  return one(database, "p.id = $1", [id]);
}

/** What new jobs of this name get. */
export async function latestBlueprint(database: Database, name: string): Promise<StoredBlueprint | null> {
  return one(database, "h.name = $1 and p.id = h.blueprint_id", [name]);
}

export async function blueprintVersion(
  database: Database,
  name: string,
  version: number,
): Promise<StoredBlueprint | null> {
  return one(database, "p.name = $1 and p.version = $2 and p.archived_at is null", [name, version]);
}

/** The version with this content; null when there is none, or it was deleted. */
export async function blueprintByHash(database: Database, name: string, hash: string): Promise<StoredBlueprint | null> {
  return one(database, "p.name = $1 and p.hash = $2 and p.archived_at is null", [name, hash]);
}

/** The current blueprint that is started at `/api/<version>/<endpoint>`; `apiVersion` null: the one without a version. */
export async function blueprintByEndpoint(
  database: Database,
  apiVersion: string | null,
  apiEndpoint: string,
): Promise<StoredBlueprint | null> {
  return one(
    database,
    "p.id = h.blueprint_id and coalesce(h.api_version, '') = $1 and h.api_endpoint = $2 and h.api_endpoint is not null",
    [apiVersion ?? "", apiEndpoint],
  );
}

/** The current version of every blueprint, by name; `clientId` gives only its own and shared ones. */
export async function listBlueprints(database: Database, clientId?: number): Promise<BlueprintVersion[]> {
  const { rows } = await database.pool.query<BlueprintVersion>(
    `select ${META} ${FROM} where p.id = h.blueprint_id and ($1::int is null or h.client_id = $1 or h.shared) order by h.name`,
    [clientId ?? null],
  );
  return rows;
}

/** All versions of a name, the newest first. */
export async function listVersions(database: Database, name: string): Promise<BlueprintVersion[]> {
  const { rows } = await database.pool.query<BlueprintVersion>(
    `select ${META} ${FROM} where p.name = $1 and p.archived_at is null order by p.version desc`,
    [name],
  );
  return rows;
}
