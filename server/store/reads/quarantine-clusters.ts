import type { Pool } from "pg";
import type { JobRow } from "@/lib/api/job";
import type { QuarantineCluster } from "@/lib/api/quarantine";
import { readJobRows } from "./job-rows";

interface ClusterRecord {
  fingerprint: string;
  blueprint: string;
  state: string | null;
  code: string | null;
  message: string | null;
  example: string | null;
  count: number;
  first_at: Date;
  last_at: Date;
  sample: string[];
}

/**
 * Quarantined jobs by cause, the largest clusters first. The counts are one pass over the narrow table `quarantine`
 * (a hundred bytes a job); the newest jobs of each shown cluster come from its index `quarantine_by_fingerprint`, and
 * what the cluster is called from the newest job itself.
 */
export async function readClusters(
  pool: Pool,
  clientId: number | null,
  blueprint: string | null,
  limit: number,
): Promise<QuarantineCluster[]> {
  const { rows } = await pool.query<ClusterRecord>(
    `with c as materialized (
       select fingerprint, count(*)::int as count, min(at) as first_at, max(at) as last_at, min(blueprint) as blueprint
       from quarantine where ($1::int is null or client_id = $1) and ($2::text is null or blueprint = $2)
       group by fingerprint order by count(*) desc, fingerprint limit $3)
     select c.*, s.sample, j.state, e.error ->> 'code' as code, normalised_message(e.error ->> 'message') as message,
       left(e.error ->> 'message', 1000) as example
     from c
     cross join lateral (select array_agg(t.job_id order by t.job_id desc) as sample from (
       select q.job_id from quarantine q where q.fingerprint = c.fingerprint and ($1::int is null or q.client_id = $1)
       order by q.job_id desc limit 5) t) s
     left join jobs j on j.id = s.sample[1]
     left join lateral (select case when position('\\u0000' in j.error::text) = 0 then j.error end as error) e on true
     order by c.count desc, c.fingerprint`,
    [clientId, blueprint, limit],
  );
  return rows.map(({ first_at, last_at, sample, state, code, message, example, ...row }) => ({
    ...row,
    state: state ?? "",
    code: code ?? "",
    message: message ?? "",
    example: example ?? "",
    first_at: first_at.toISOString(),
    last_at: last_at.toISOString(),
    sample_job_ids: sample ?? [],
  }));
}

/** A page of a cluster's jobs, newest first, by the index of the fingerprints. */
export async function readClusterJobs(
  pool: Pool,
  cluster: { fingerprint: string; clientId: number | null },
  page: { limit: number; cursor: string | null },
): Promise<{ rows: JobRow[]; next: string | null }> {
  const { rows } = await pool.query<{ job_id: string }>(
    `select job_id from quarantine where fingerprint = $1 and ($2::int is null or client_id = $2)
       and ($3::uuid is null or job_id < $3) order by job_id desc limit $4`,
    [cluster.fingerprint, cluster.clientId, page.cursor, page.limit + 1],
  );
  const ids = rows.slice(0, page.limit).map((row) => row.job_id);
  const next = rows.length > page.limit ? (ids.at(-1) ?? null) : null;
  if (ids.length === 0) return { rows: [], next };
  const { rows: jobs } = await readJobRows(pool, { clientId: cluster.clientId, ids }, page.limit);
  return { rows: jobs, next };
}
