import type { Pool } from "pg";
import type { EndedBucket, WaitingType } from "@/lib/api/overview";
import { type JobStatus, jobStatusOf } from "@/lib/job-status";
import { lowestIdAt } from "@/server/store/partitions";
import { LEASE_SECONDS } from "./job-rows";

const BUCKET_MS = 15 * 60 * 1000;
const BUCKETS = 96;

/**
 * Jobs by status: open ones all, by `jobs_by_status`; ended ones of the last 24 hours. `startedWaiting` are those among
 * `waiting_for_worker` that a worker has begun.
 */
export async function countJobs(
  pool: Pool,
  clientId: number | null,
): Promise<{ counts: Partial<Record<JobStatus, number>>; startedWaiting: number }> {
  const { rows } = await pool.query<{ status: number; count: number; started: number }>(
    `select j.status, count(*)::int as count, 0 as started from jobs j
     where j.status in (0, 1, 3, 4, 5, 6, 7, 8, 9) and ($1::int is null or j.client_id = $1) group by j.status
     union all
     select 2, count(*)::int, count(*) filter (where exists (select 1 from tasks k where k.job_id = j.id and k.status = 2))::int
     from jobs j where j.status = 2 and ($1::int is null or j.client_id = $1)
     union all
     select j.status, count(*)::int, 0 from jobs j
     where j.id >= $2::uuid and j.status >= 20 and j.finished_at > now() - interval '24 hours' and ($1::int is null or j.client_id = $1)
     group by j.status`,
    [clientId, lowestIdAt(Date.now() - 24 * 3600 * 1000)],
  );
  const counts: Partial<Record<JobStatus, number>> = {};
  for (const row of rows) if (row.count > 0) counts[jobStatusOf(row.status)] = row.count;
  return { counts, startedWaiting: rows.find((row) => row.status === 2)?.started ?? 0 };
}

/** Ended jobs per quarter of an hour over 24 hours, oldest first, and how long the finished ones took. */
export async function readEnded(
  pool: Pool,
  clientId: number | null,
  now: Date,
): Promise<{ ended: EndedBucket[]; duration: { p50_ms: number | null; p95_ms: number | null } }> {
  const end = Math.floor(now.getTime() / BUCKET_MS) * BUCKET_MS + BUCKET_MS;
  const begin = end - BUCKETS * BUCKET_MS;
  const { rows } = await pool.query<{
    bucket: number | null;
    succeeded: number;
    failed: number;
    cancelled: number;
    p50: number | null;
    p95: number | null;
  }>(
    `with d as materialized (
       select j.status, floor(extract(epoch from j.finished_at) * 1000 / ${BUCKET_MS})::bigint as bucket,
              extract(epoch from j.finished_at - j.created_at) * 1000 as ms
       from jobs j where j.id >= $2::uuid and j.status >= 20 and j.finished_at >= $3 and ($1::int is null or j.client_id = $1))
     select bucket::float8 as bucket, count(*) filter (where status = 20)::int as succeeded, count(*) filter (where status in (21, 22))::int as failed,
            count(*) filter (where status = 23)::int as cancelled,
            percentile_cont(0.5) within group (order by ms) filter (where status = 20) as p50,
            percentile_cont(0.95) within group (order by ms) filter (where status = 20) as p95
     from d group by grouping sets ((bucket), ())`,
    [clientId, lowestIdAt(begin - 24 * 3600 * 1000), new Date(begin)],
  );
  const byBucket = new Map(rows.filter((row) => row.bucket !== null).map((row) => [row.bucket as number, row]));
  const total = rows.find((row) => row.bucket === null);
  const ended = Array.from({ length: BUCKETS }, (_, index) => {
    const from = begin + index * BUCKET_MS;
    const row = byBucket.get(from / BUCKET_MS);
    return {
      from: new Date(from).toISOString(),
      succeeded: row?.succeeded ?? 0,
      failed: row?.failed ?? 0,
      cancelled: row?.cancelled ?? 0,
    };
  });
  return { ended, duration: { p50_ms: total?.p50 ?? null, p95_ms: total?.p95 ?? null } };
}

/** Tasks that no worker has begun, by type, oldest first, with how many live workers have the skill. */
export async function readWaitingTypes(pool: Pool, clientId: number | null): Promise<WaitingType[]> {
  const { rows } = await pool.query<{ type: string; waiting: number; oldest: Date; listening: number }>(
    `select x.type, x.waiting, x.oldest,
            (select count(*)::int from worker_sessions w
             where w.status = 0 and w.renewed_at > now() - interval '${LEASE_SECONDS} seconds' and x.type = any (w.skills)) as listening
     from (select k.type, count(*)::int as waiting, min(k.created_at) as oldest from tasks k
           where k.status in (0, 1, 5, 6) and ($1::int is null or exists (select 1 from jobs j where j.id = k.job_id and j.client_id = $1))
           group by k.type) x
     order by x.oldest limit 100`,
    [clientId],
  );
  return rows.map((row) => ({
    task_type: row.type,
    waiting: row.waiting,
    oldest_at: row.oldest.toISOString(),
    listening: row.listening,
  }));
}
