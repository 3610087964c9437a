import { lowestIdAt } from "@/server/store/partitions";

/**
 * Which jobs a list shows. Every field narrows; absent ones do not. `statuses` with `started` are jobs in that status
 * that have (or have not) a task under way; null: either.
 */
export interface JobFilter {
  /** Null: every client's. */
  clientId: number | null;
  statuses?: { code: number; started: boolean | null }[];
  blueprint?: string;
  labels?: Record<string, string>;
  from?: Date;
  to?: Date;
  text?: string;
  parentId?: string;
  ids?: string[];
  /** Of a cluster of quarantined jobs. */
  fingerprint?: string;
  /** The last job of the page before. */
  cursor?: string;
}

/** Jobs that a free text is looked for in: the newest that pass the other filters. */
const SEARCHED_JOBS = 10_000;
/** Ids carry the engine's clock, `created_at` the database's. */
const CLOCK_SLACK_MS = 60_000;

/** The statement that picks a page's jobs, newest first, and its parameters. */
export function jobsWhere(filter: JobFilter, limit: number, offset = 0): { from: string; values: unknown[] } {
  const values: unknown[] = [];
  const bind = (value: unknown) => `$${values.push(value)}`;
  const conditions = conditionsOf(filter, bind);
  const text = filter.text?.trim() ?? "";
  const searched = textConditions(text, bind);
  const most = searched.scan ? SEARCHED_JOBS : limit + offset;
  const branch = (status: { code: number; started: boolean | null } | null) => {
    const all = [...conditions, ...searched.exact, ...(status ? statusConditions(status) : [])];
    return `select j.* from jobs j${all.length > 0 ? ` where ${all.join(" and ")}` : ""} order by j.id desc limit ${Math.trunc(most)}`;
  };
  const branches = (filter.statuses ?? [null]).map(branch);
  const merged =
    branches.length === 1 ? (branches[0] as string) : branches.map((one) => `(${one})`).join(" union all ");
  const matching = searched.scan ? ` where ${searched.scan}` : "";
  return {
    from: `select * from (${merged}) j${matching} order by j.id desc limit ${Math.trunc(limit)}${offset > 0 ? ` offset ${Math.trunc(offset)}` : ""}`,
    values,
  };
}

function conditionsOf(filter: JobFilter, bind: (value: unknown) => string): string[] {
  const conditions: string[] = [];
  if (filter.clientId !== null) conditions.push(`j.client_id = ${bind(filter.clientId)}`);
  if (filter.blueprint !== undefined) {
    conditions.push(`j.blueprint_id = any (array(select id from blueprints where name = ${bind(filter.blueprint)}))`);
  }
  if (filter.labels && Object.keys(filter.labels).length > 0)
    conditions.push(`j.labels @> ${bind(JSON.stringify(filter.labels))}::jsonb`);
  if (filter.from) {
    conditions.push(
      `j.id >= ${bind(lowestIdAt(filter.from.getTime() - CLOCK_SLACK_MS))}::uuid`,
      `j.created_at >= ${bind(filter.from)}`,
    );
  }
  if (filter.to) {
    conditions.push(
      `j.id < ${bind(lowestIdAt(filter.to.getTime() + CLOCK_SLACK_MS))}::uuid`,
      `j.created_at < ${bind(filter.to)}`,
    );
  }
  if (filter.parentId !== undefined) conditions.push(`j.parent_id = ${bind(filter.parentId)}`);
  if (filter.ids !== undefined) conditions.push(`j.id = any (${bind(filter.ids)}::uuid[])`);
  if (filter.fingerprint !== undefined) {
    conditions.push(
      `j.id = any (array(select job_id from quarantine where fingerprint = ${bind(filter.fingerprint)}::uuid))`,
    );
  }
  if (filter.cursor !== undefined) conditions.push(`j.id < ${bind(filter.cursor)}::uuid`);
  return conditions;
}

/** The code is our own number, written out so that the partial index of the statuses applies. */
function statusConditions({ code, started }: { code: number; started: boolean | null }): string[] {
  const running = "exists (select 1 from tasks k where k.job_id = j.id and k.status = 2)";
  const extra = started === null ? [] : [started ? running : `not ${running}`];
  return [`j.status = ${Math.trunc(code)}`, ...extra];
}

/**
 * A text is a process id, the beginning of a job's id, or `label=value`, all by index; anything else is looked for in the state, labels,
 * error and blueprint name of the newest jobs.
 */
function textConditions(text: string, bind: (value: unknown) => string): { exact: string[]; scan: string | null } {
  if (text === "") return { exact: [], scan: null };
  if (/^proc_[0-9a-f]{32}$/.test(text)) return { exact: [`j.process_id = ${bind(text)}`], scan: null };
  const range = idRangeOf(text);
  if (range) return { exact: [`j.id between ${bind(range[0])}::uuid and ${bind(range[1])}::uuid`], scan: null };
  const label = /^([^=\s]{1,128})=(.{1,200})$/.exec(text);
  if (label)
    return { exact: [`j.labels @> ${bind(JSON.stringify({ [label[1] as string]: label[2] }))}::jsonb`], scan: null };
  const like = bind(`%${text.replace(/[\\%_]/g, "\\$&")}%`);
  const scan = `(j.state ilike ${like} or j.labels::text ilike ${like} or j.error::text ilike ${like}
    or j.blueprint_id in (select id from blueprints where name ilike ${like}))`;
  return { exact: [], scan };
}

/** First and last id that begin with this; null for what is not the beginning of an id (eight digits or more). */
function idRangeOf(text: string): [string, string] | null {
  const hex = text.toLowerCase().replace(/^job_/, "").replaceAll("-", "");
  if (!/^[0-9a-f]{8,32}$/.test(hex)) return null;
  return [dashed(hex.padEnd(32, "0")), dashed(hex.padEnd(32, "f"))];
}

function dashed(hex: string): string {
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}
