import type { QueryValue } from "@/components/data/api";
import { DISPLAY_STATUSES, type DisplayStatus } from "@/lib/job-status";

/** What the job list shows: the whole of it is in the address. */
export interface JobListFilter {
  statuses: readonly DisplayStatus[];
  blueprint: string | null;
  /** `key=value` pairs. */
  labels: readonly string[];
  range: TimeRange | null;
  /** ISO instants, for a link to an exact time; they win over `range`. */
  from: string | null;
  to: string | null;
  text: string;
  /** The job whose children are shown. */
  parent: string | null;
  /** The job after which the page begins. */
  cursor: string | null;
}

/** A time back from now, and its length in milliseconds. */
export const TIME_RANGES = { "1h": 3_600_000, "24h": 86_400_000, "7d": 604_800_000, "30d": 2_592_000_000 } as const;
export type TimeRange = keyof typeof TIME_RANGES;
export const TIME_RANGE_NAMES = Object.keys(TIME_RANGES) as TimeRange[];

/** The statuses that a job can have, in the order of the chips. */
export const JOB_FILTER_STATUSES = [
  "needs_approval",
  "quarantined",
  "failed",
  "retrying",
  "running",
  "waiting",
  "queued",
  "paused",
  "succeeded",
  "cancelled",
] as const satisfies readonly DisplayStatus[];

export const PAGE_ROWS = 50;

/** Reads the address; what it doesn't know, it leaves out. */
export function jobFilterOf(parameters: URLSearchParams): JobListFilter {
  const range = parameters.get("time");
  return {
    statuses: (parameters.get("status") ?? "").split(",").filter(isStatus),
    blueprint: parameters.get("blueprint") || null,
    labels: parameters.getAll("label").filter((label) => label.indexOf("=") > 0),
    range: isRange(range) ? range : null,
    from: instant(parameters.get("from")),
    to: instant(parameters.get("to")),
    text: parameters.get("q") ?? "",
    parent: isJobId(parameters.get("parent")),
    cursor: parameters.get("cursor") || null,
  };
}

/** The address of a filter, the other way round. */
export function jobSearchOf(filter: JobListFilter): URLSearchParams {
  const parameters = new URLSearchParams();
  if (filter.statuses.length > 0) parameters.set("status", filter.statuses.join(","));
  if (filter.blueprint) parameters.set("blueprint", filter.blueprint);
  for (const label of filter.labels) parameters.append("label", label);
  if (filter.range) parameters.set("time", filter.range);
  if (filter.from) parameters.set("from", filter.from);
  if (filter.to) parameters.set("to", filter.to);
  if (filter.text) parameters.set("q", filter.text);
  if (filter.parent) parameters.set("parent", filter.parent);
  if (filter.cursor) parameters.set("cursor", filter.cursor);
  return parameters;
}

/** What the API is asked. `nowMs`: a relative time begins that long before it. */
export function jobQueryOf(filter: JobListFilter, nowMs: number): Record<string, QueryValue> {
  const start = filter.range ? new Date(nowMs - TIME_RANGES[filter.range]).toISOString() : null;
  const exact = filter.from !== null || filter.to !== null;
  return {
    status: filter.statuses.length > 0 ? filter.statuses.join(",") : null,
    blueprint: filter.blueprint,
    ...Object.fromEntries(filter.labels.map(labelParameter)),
    from: exact ? filter.from : start,
    to: exact ? filter.to : null,
    q: filter.text.trim() || null,
    parent: filter.parent,
    cursor: filter.cursor,
  };
}

/** True when something narrows the list; the page's place in it does not. */
export function isFiltered(filter: JobListFilter): boolean {
  return jobSearchOf({ ...filter, cursor: null }).size > 0;
}

function labelParameter(label: string): [string, string] {
  const at = label.indexOf("=");
  return [`label.${label.slice(0, at).trim()}`, label.slice(at + 1).trim()];
}

function isStatus(word: string): word is DisplayStatus {
  return DISPLAY_STATUSES.includes(word as DisplayStatus) && word !== "not_reached";
}

const JOB_ID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

function isJobId(word: string | null): string | null {
  return word !== null && JOB_ID.test(word) ? word : null;
}

function isRange(word: string | null): word is TimeRange {
  return word !== null && Object.hasOwn(TIME_RANGES, word);
}

function instant(text: string | null): string | null {
  return text !== null && Number.isFinite(Date.parse(text)) ? new Date(text).toISOString() : null;
}
