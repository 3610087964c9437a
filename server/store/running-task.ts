import type { JsonValue } from "@/lib/json";
import { BlockRows, unnestSql } from "./block-columns";
import type { Database } from "./database";

/** The params of an open task, for a worker whose message came without them; undefined when the task is gone. */
export async function taskParams(database: Database, jobId: string, no: number): Promise<JsonValue | undefined> {
  const { rows } = await database.pool.query<{ params: JsonValue }>({
    name: "task_params_1",
    text: "select params from tasks where job_id = $1 and no = $2",
    values: [jobId, no],
  });
  return rows[0]?.params;
}

/** The last progress of an attempt, 0…1. */
export interface TaskProgress {
  jobId: string;
  no: number;
  fence: number;
  progress: number;
  message: string | null;
}

const PROGRESS = {
  name: "progress",
  columns: [
    ["job_id", "uuid"],
    ["no", "int"],
    ["fence", "int"],
    ["progress", "real"],
    ["message", "json"],
  ],
} as const;

const SAVE = {
  name: "task_progress_1",
  // The messages travel as JSON texts, so that none of the separators needs to be refused.
  text: `with x as materialized (select * from ${unnestSql(PROGRESS, 1)}),
    k as materialized (select k.ctid, x.progress, x.message::json #>> '{}' as message from x
      join tasks k on k.job_id = x.job_id and k.no = x.no and k.fence = x.fence order by k.job_id, k.no for no key update of k skip locked)
    update tasks t set progress = k.progress, progress_message = k.message from k where t.ctid = k.ctid`,
};

/** Saves the last progress of attempts that are still current. Never an event, never a version; the last value counts. */
export async function saveProgress(database: Database, rows: TaskProgress[]): Promise<void> {
  if (rows.length === 0) return;
  const block = new BlockRows(PROGRESS);
  for (const { jobId, no, fence, progress, message } of rows) {
    block.add(jobId, jobId, no, fence, progress, message === null ? null : JSON.stringify(message));
  }
  await database.pool.query({ ...SAVE, values: block.parameters() });
}
