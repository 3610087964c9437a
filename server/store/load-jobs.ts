import { EVENT_KIND, eventKindOf, type JobEvent } from "@/lib/job-event";
import { type JobStatus, jobStatusOf } from "@/lib/job-status";
import type { JsonObject, JsonValue } from "@/lib/json";

/** A job's row with its whole history, both of one instant. */
export interface LoadedJob {
  id: string;
  clientId: number;
  blueprintId: number;
  version: number;
  status: JobStatus;
  state: string;
  transitions: number;
  input: JsonObject;
  labels: Record<string, string> | null;
  result: JsonValue;
  error: { code: string; message: string; state: string } | null;
  createdAt: Date;
  /** In order; `at` is ISO 8601. Their last `seq` is `version`. */
  events: JobEvent[];
  /** The highest number among the kinds of its events. */
  newestKind: number;
  /** Some events are of a kind that only a newer release knows; they are not in the list. */
  unknownEvents: boolean;
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** Ids that are uuids, as one text parameter: what is no uuid names no job. */
export function uuidList(ids: Iterable<string>): string {
  const valid = [...new Set(ids)].filter((id) => UUID.test(id));
  return `{${valid.join(",")}}`;
}

// One statement, so one snapshot and one round trip: job rows come with kind null, then the events. The lateral joins
// with `offset 0` keep the plan at one index probe per job, in the one partition that its id belongs to.
export const LOAD = {
  name: "load_1",
  text: `with x as materialized (select id from unnest($1::text::uuid[]) as x(id))
select clock_timestamp(), null::uuid, null::smallint, null::int, null::timestamptz, null::json, null::int, null::int, null::smallint,
  null::text, null::int, null::json, null::json, null::json
union all
select null, b.id, null, b.version, b.created_at, b.input, b.client_id, b.blueprint_id, b.status,
  b.state, b.transitions, b.labels::json, b.result, b.error
from x, lateral (select * from jobs b where b.id = x.id offset 0) b
union all
select null, e.job_id, e.kind, e.seq, e.at, e.data, null, null, null, null, null, null, null, null
from x, lateral (select * from events e where e.job_id = x.id order by e.job_id, e.seq offset 0) e`,
};

type Row = [
  now: Date | null,
  id: string | null,
  kind: number | null,
  number: number | null,
  at: Date | null,
  json: JsonValue,
  clientId: number,
  blueprintId: number,
  status: number,
  state: string,
  transitions: number,
  labels: Record<string, string> | null,
  result: JsonValue,
  error: LoadedJob["error"],
];

/** Groups the rows of `LOAD`. */
export function loadedJobs(rows: unknown[][]): { now: Date; jobs: LoadedJob[] } {
  const jobs = new Map<string, LoadedJob>();
  let now: Date | null = null;
  for (const row of rows as Row[]) {
    if (row[0] !== null) now = row[0];
    else if (row[2] === null) jobs.set(row[1] as string, jobOf(row));
    else addEvent(jobs.get(row[1] as string), row);
  }
  if (now === null) throw new Error("the load did not tell the database's time");
  return { now, jobs: [...jobs.values()] };
}

function jobOf(row: Row): LoadedJob {
  return {
    id: row[1] as string,
    clientId: row[6],
    blueprintId: row[7],
    version: row[3] as number,
    status: jobStatusOf(row[8]),
    state: row[9],
    transitions: row[10],
    input: row[5] as JsonObject,
    labels: row[11],
    result: row[12],
    error: row[13],
    createdAt: row[4] as Date,
    events: [],
    newestKind: 0,
    unknownEvents: false,
  };
}

const KNOWN_KINDS: ReadonlySet<number> = new Set(Object.values(EVENT_KIND));

function addEvent(job: LoadedJob | undefined, row: Row): void {
  if (!job) return;
  const kind = row[2] as number;
  job.newestKind = Math.max(job.newestKind, kind);
  if (KNOWN_KINDS.has(kind)) job.events.push(eventOf(row));
  else job.unknownEvents = true;
}

function eventOf(row: Row): JobEvent {
  const [, , kind, seq, at, data] = row;
  return { seq, kind: eventKindOf(kind as number), data, at: (at as Date).toISOString() } as unknown as JobEvent;
}
