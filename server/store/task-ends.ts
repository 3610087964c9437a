import { EVENT_KIND } from "@/lib/job-event";
import type { JsonObject, JsonValue } from "@/lib/json";
import { TASK_STATUS } from "@/server/engine/job";
import type { Database } from "./database";
import { SESSION_KIND } from "./schema/workers";

/** How an attempt ended, as its job's history has it. */
export interface AttemptEnd {
  /** The worker's word; null: the engine itself ended the attempt. */
  outcome: string | null;
  worker: string | null;
  /** Data of one that finished. */
  data: JsonValue;
  error: { code: string; message: string; details?: JsonValue } | null;
  /** A branch of a fan-out. */
  branch: boolean;
}

/** Attempts end near to where their task began: no history is read to its end for a late message. */
const MOST_EVENTS = 10_000;
const TASK_NUMBER_FACTOR = 1024;
const { task_finished, task_failed, tasks_fanned_out } = EVENT_KIND;

/** Reads the end of an attempt from the history of its job; null when there is none. */
export async function readAttemptEnd(
  database: Database,
  { jobId, no, fence }: { jobId: string; no: number; fence: number },
): Promise<AttemptEnd | null> {
  const first = Math.floor(no / TASK_NUMBER_FACTOR);
  const { rows } = await database.pool.query<{ kind: number; seq: number; data: JsonObject }>({
    name: "attempt_end_1",
    text: `select kind, seq, data from events where job_id = $1 and seq between $2 and $3
      and (seq = $2 or (kind in (${task_finished}, ${task_failed}) and data->>'n' = $4 and data->>'fence' = $5)) order by seq`,
    values: [jobId, first, first + MOST_EVENTS, String(no), String(fence)],
  });
  const end = rows.find(({ kind }) => kind === task_finished || kind === task_failed);
  if (!end) return null;
  const { data } = end;
  return {
    outcome: typeof data.outcome === "string" ? data.outcome : null,
    worker: typeof data.worker === "string" ? data.worker : null,
    data: end.kind === task_finished ? (data.r ?? null) : null,
    error: end.kind === task_failed ? errorOf(data) : null,
    branch: rows.some(({ seq, kind }) => seq === first && kind === tasks_fanned_out),
  };
}

function errorOf({ code, message, details }: JsonObject): AttemptEnd["error"] {
  return { code: String(code), message: String(message), ...(details === undefined ? {} : { details }) };
}

/** The last word of a job's tasks: of a job that has one, how that went. */
export async function readLastTaskEnd(database: Database, jobId: string): Promise<AttemptEnd | null> {
  const { rows } = await database.pool.query<{ no: string; fence: string }>({
    name: "last_task_end_1",
    text: `select data->>'n' as no, data->>'fence' as fence from events
      where job_id = $1 and kind in (${task_finished}, ${task_failed}) order by seq desc limit 1`,
    values: [jobId],
  });
  const [last] = rows;
  return last ? readAttemptEnd(database, { jobId, no: Number(last.no), fence: Number(last.fence) }) : null;
}

/** The task of a job that a remote worker runs; null when that is none, or more than one. */
export async function taskHeldIn(
  database: Database,
  jobId: string,
  worker: string,
): Promise<{ jobId: string; no: number; fence: number } | null> {
  const { rows } = await database.pool.query<{ jobId: string; no: number; fence: number }>({
    name: "task_held_in_1",
    text: `select t.job_id as "jobId", t.no, t.fence from tasks t
      join worker_sessions s on s.id::text = t.worker and s.kind = ${SESSION_KIND.http} and s.worker = $2
      where t.job_id = $1 and t.status = ${TASK_STATUS.running} limit 2`,
    values: [jobId, worker],
  });
  return rows.length === 1 ? (rows[0] ?? null) : null;
}
