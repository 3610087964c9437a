import type { Pool } from "pg";
import type { BlueprintRow, BlueprintVersion } from "@/lib/api/blueprint";
import type { BlueprintDocument } from "@/lib/blueprint/document";
import { apiEndpointOf, DEFAULT_API_VERSION } from "@/lib/blueprint/names";
import { lowestIdAt } from "@/server/store/partitions";

interface BlueprintRecord {
  name: string;
  version: number;
  hash: string;
  document: BlueprintDocument;
  shared: boolean;
  source: "code" | "upload";
  created_at: Date;
  owner: string;
  versions: number;
  open_jobs: number;
  jobs_24h: number;
  failed_24h: number;
}

/**
 * The heads with figures over their jobs of all versions: open ones (one range of `jobs_by_status` per status), and those of
 * the last 24 hours (one range of the primary key). `name` null: all of them.
 */
export async function readBlueprintRows(
  pool: Pool,
  clientId: number | null,
  name: string | null,
  limit: number,
): Promise<BlueprintRow[]> {
  const { rows } = await pool.query<BlueprintRecord>(
    `with opened as materialized (
       select j.blueprint_id, count(*) as jobs from jobs j
       where j.status in (0, 1, 2, 3, 4, 5, 6, 7, 8, 9) and ($1::int is null or j.client_id = $1) group by j.blueprint_id),
     day as materialized (
       select j.blueprint_id, count(*) as jobs, count(*) filter (where j.status in (21, 22)) as failed from jobs j
       where j.id >= $2::uuid and ($1::int is null or j.client_id = $1) group by j.blueprint_id),
     figures as materialized (
       select v.name, count(*)::int as versions, coalesce(sum(o.jobs), 0)::int as open_jobs,
              coalesce(sum(d.jobs), 0)::int as jobs_24h, coalesce(sum(d.failed), 0)::int as failed_24h
       from blueprints v left join opened o on o.blueprint_id = v.id left join day d on d.blueprint_id = v.id
       where v.archived_at is null and ($3::text is null or v.name = $3) group by v.name)
     select h.name, b.version, b.hash, b.document, h.shared, b.source, b.created_at, c.name as owner,
            f.versions, f.open_jobs, f.jobs_24h, f.failed_24h
     from blueprint_heads h
     join blueprints b on b.id = h.blueprint_id
     join clients c on c.id = b.client_id
     join figures f on f.name = h.name
     where ($1::int is null or h.shared or h.client_id = $1)
     order by h.name limit $4`,
    [clientId, lowestIdAt(Date.now() - 24 * 3600 * 1000), name, limit],
  );
  return rows.map(blueprintRowOf);
}

function blueprintRowOf(row: BlueprintRecord): BlueprintRow {
  const { document } = row;
  return {
    name: row.name,
    version: row.version,
    hash: row.hash,
    description: document.description ?? null,
    api_endpoint: startPathOf(document),
    origin: row.source,
    shared: row.shared,
    states: Object.keys(document.states).length,
    task_types: taskTypesOf(document),
    created_at: row.created_at.toISOString(),
    created_by: row.source === "code" ? null : row.owner,
    versions: row.versions,
    open_jobs: row.open_jobs,
    jobs_24h: row.jobs_24h,
    failed_24h: row.failed_24h,
  };
}

/** The path that starts a job, from the root of the server on. */
export function startPathOf(document: BlueprintDocument): string {
  return `/api/${document.api_version ?? DEFAULT_API_VERSION}${apiEndpointOf(document)}`;
}

/** The skills that a document's tasks ask for, each once, in alphabetical order. */
export function taskTypesOf(document: BlueprintDocument): string[] {
  const types = new Set<string>();
  for (const state of Object.values(document.states)) {
    if (state.type === "task") types.add(state.task_type);
    if (state.type === "parallel")
      for (const spec of [state.task, ...(state.tasks ?? [])]) if (spec) types.add(spec.task_type);
  }
  return [...types].sort();
}

/** All versions of a name, newest first, with their jobs. */
export async function readBlueprintVersions(
  pool: Pool,
  clientId: number | null,
  name: string,
): Promise<BlueprintVersion[]> {
  const { rows } = await pool.query<
    Omit<BlueprintVersion, "created_at" | "origin"> & { created_at: Date; origin: "code" | "upload" }
  >(
    `select b.name, b.version, b.hash, b.source as origin, b.created_at, case when b.source = 'code' then null else c.name end as created_by,
            coalesce(o.open_jobs, 0)::int as open_jobs, coalesce(a.jobs, 0)::int as jobs, b.id = h.blueprint_id as current
     from blueprints b join blueprint_heads h on h.name = b.name join clients c on c.id = b.client_id
     left join lateral (select count(*) as open_jobs from jobs j
       where j.status in (0, 1, 2, 3, 4, 5, 6, 7, 8, 9) and j.blueprint_id = b.id and ($1::int is null or j.client_id = $1)) o on true
     left join lateral (select count(*) as jobs from jobs j where j.blueprint_id = b.id and ($1::int is null or j.client_id = $1)) a on true
     where b.name = $2 and b.archived_at is null and ($1::int is null or h.shared or h.client_id = $1)
     order by b.version desc limit 500`,
    [clientId, name],
  );
  return rows.map((row) => ({ ...row, created_at: row.created_at.toISOString() }));
}
