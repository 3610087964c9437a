import type { Pool } from "pg";
import { eventKindOf, type HistoryEvent } from "@/lib/job-event";
import { type JobStatus, jobStatusOf } from "@/lib/job-status";
import type { JsonObject } from "@/lib/json";

/** A job as the process API reads it. */
export interface ProcessRecord {
  jobId: string;
  blueprintId: number;
  version: number;
  status: JobStatus;
  /** Bare of what workers and people said; null when the asker has this version already. */
  events: HistoryEvent[] | null;
}

/** What the reducer of the job's view needs to place and time the steps. Nothing that a payload holds is read. */
const MEMBERS = ["state", "n", "n0", "count", "task_type", "task_types", "aggregate_into", "tolerate", "fence"].concat(
  ["attempt", "final", "outcome", "worker", "ms", "reason", "due_ms", "retry_in_ms", "status"],
  ["by", "error", "approvers", "decisions", "to"],
);

const DATA = `json_build_object(${MEMBERS.map((name) => `'${name}', e.data->'${name}'`).join(", ")},
  'via', case when e.data->'via' is not null then json_build_object('from', e.data->'via'->'from', 'on', e.data->'via'->'on') end)`;

export const PROCESS = {
  name: "process_1",
  text: `select p.id, p.blueprint_id, p.version, p.status,
      case when p.version <> all ($3::int[]) then
        (select json_agg(json_build_array(e.seq, e.kind, to_char(e.at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), json_strip_nulls(${DATA})) order by e.seq)
          from events e where e.job_id = p.id) end as events
    from jobs p where p.process_id = $1 and ($2::int is null or p.client_id = $2)`,
};

type EventRow = [seq: number, kind: number, at: string, data: JsonObject];

/**
 * The job of a process with its events, in one statement: the id by its index, the events by a range of their key. Null when
 * there is none, or it is not this client's (null: anyone's). `known`: versions that the asker has seen.
 */
export async function readProcess(
  pool: Pool,
  processId: string,
  clientId: number | null,
  known: readonly number[],
): Promise<ProcessRecord | null> {
  const { rows } = await pool.query<{
    id: string;
    blueprint_id: number;
    version: number;
    status: number;
    events: EventRow[] | null;
  }>({ ...PROCESS, values: [processId, clientId, known] });
  const row = rows[0];
  if (!row) return null;
  return {
    jobId: row.id,
    blueprintId: row.blueprint_id,
    version: row.version,
    status: jobStatusOf(row.status),
    events: row.events?.map(eventOf) ?? null,
  };
}

function eventOf([seq, kind, timestamp, data]: EventRow): HistoryEvent {
  return { seq, event_type: eventKindOf(kind), timestamp, state: "", data };
}

/** The process id that a job was started with; null when it was started elsewhere. */
export async function readProcessId(pool: Pool, jobId: string): Promise<string | null> {
  const { rows } = await pool.query<{ process_id: string | null }>("select process_id from jobs where id = $1", [
    jobId,
  ]);
  return rows[0]?.process_id ?? null;
}
