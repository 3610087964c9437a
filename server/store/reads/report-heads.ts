import type { Pool } from "pg";
import type { ReportListItem } from "./reports";

/** Reports by their ids, without the text; whose they are is for the caller to have checked. By primary key. */
export async function readReportHeads(pool: Pool, ids: readonly string[]): Promise<Map<string, ReportListItem>> {
  if (ids.length === 0) return new Map();
  const { rows } = await pool.query<ReportListItem>(
    `select id, job_id as "jobId", title, decided_by as "decidedBy", comment, created_at as "createdAt", summary -> 'totals' as totals
     from reports where id = any ($1::uuid[])`,
    [ids],
  );
  return new Map(rows.map((row) => [row.id, row]));
}
