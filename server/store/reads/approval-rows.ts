import type { Pool } from "pg";
import type { ApprovalRow, ApprovalVote } from "@/lib/api/approval";
import type { Actor } from "@/lib/job-event";
import type { JsonObject } from "@/lib/json";

/** An approval without what depends on who asks, with what that is decided by. */
export interface ApprovalFacts {
  row: Omit<ApprovalRow, "may_decide" | "may_withdraw" | "why_not">;
  form: JsonObject | null;
  denyStarter: boolean;
  starter: Actor | null;
  clientId: number;
  blueprintId: number;
  jobCreatedAt: string;
  input: JsonObject;
}

interface ApprovalRecord {
  job_id: string;
  no: number;
  client_id: number;
  status: number;
  state: string;
  message: string;
  form: JsonObject | null;
  approvers: string[];
  quorum: number;
  deny_starter: boolean;
  decisions: string[];
  votes: ApprovalVote[];
  outcome: string | null;
  version: number;
  deadline_at: Date | null;
  asked_at: Date;
  closed_at: Date | null;
  blueprint_id: number;
  blueprint_name: string;
  blueprint_version: number;
  client_name: string;
  labels: Record<string, string> | null;
  starter: Actor | null;
  job_created_at: Date;
  input: JsonObject;
}

const STATUS_WORDS = ["open", "decided", "expired", "withdrawn"] as const;

/** Whether a list of approvers names one of the words `$2`; addresses count whatever their case. */
const putTo = (approvers: string) =>
  `(${approvers} && $2 or exists (select from unnest(${approvers}) one where one like 'user:%' and lower(one) = any ($2)))`;

const SELECT = `
  select a.job_id, a.no, a.client_id, a.status, a.state, a.message, a.form, a.approvers, a.quorum, a.deny_starter, a.decisions, a.votes,
         a.outcome, a.version, a.deadline_at, a.asked_at, a.closed_at, j.blueprint_id, b.name as blueprint_name, b.version as blueprint_version,
         c.name as client_name, j.labels, first.data->'starter' as starter, j.created_at as job_created_at, j.input
  from a join jobs j on j.id = a.job_id join blueprints b on b.id = j.blueprint_id join clients c on c.id = j.client_id
  left join lateral (select e.data from events e where e.job_id = j.id and e.seq = 1) first on true`;

/** One approval; null when there is none, or when its job is not this client's (null: anyone's). */
export async function readApproval(
  pool: Pool,
  jobId: string,
  no: number,
  clientId: number | null,
): Promise<ApprovalFacts | null> {
  const { rows } = await pool.query<ApprovalRecord>(
    `with a as materialized (select * from approvals where job_id = $1 and no = $2 and ($3::int is null or client_id = $3)) ${SELECT}`,
    [jobId, no, clientId],
  );
  return rows[0] ? factsOf(rows[0]) : null;
}

/** The number of the job's open approval, or else of its last; null when none was ever asked. */
export async function readLastApprovalNo(pool: Pool, jobId: string): Promise<number | null> {
  const { rows } = await pool.query<{ no: number }>(
    "select no from approvals where job_id = $1 order by status = 0 desc, no desc limit 1",
    [jobId],
  );
  return rows[0]?.no ?? null;
}

export interface ApprovalFilter {
  clientId: number | null;
  open: boolean;
  blueprint?: string | undefined;
  /** Approver words of the caller (`role:approver`, …); absent: whoever may decide it. */
  words?: string[] | undefined;
  /** `<job>.<no>` of the last row of the page before. */
  cursor?: string | undefined;
}

/** A page of approvals, newest job first: open ones by `approvals_open`. */
export async function readApprovals(
  pool: Pool,
  filter: ApprovalFilter,
  limit: number,
): Promise<{ rows: ApprovalFacts[]; next: string | null }> {
  const [cursorJob, cursorNo] = filter.cursor?.split(".") ?? [];
  const { rows } = await pool.query<ApprovalRecord>(
    `with a as materialized (
       select * from approvals k
       where ${filter.open ? "k.status = 0" : "k.status <> 0"} and ($1::int is null or k.client_id = $1)
         and ($2::text[] is null or ${putTo("k.approvers")})
         and ($3::uuid is null or (k.job_id, k.no) < ($3, $4::int))
         and ($5::text is null or exists (select 1 from jobs j join blueprints b on b.id = j.blueprint_id where j.id = k.job_id and b.name = $5))
       order by k.job_id desc, k.no desc limit $6)
     ${SELECT} order by a.job_id desc, a.no desc`,
    [filter.clientId, filter.words ?? null, cursorJob ?? null, cursorNo ?? null, filter.blueprint ?? null, limit + 1],
  );
  const page = rows.slice(0, limit);
  const last = page.at(-1);
  return { rows: page.map(factsOf), next: rows.length > limit && last ? `${last.job_id}.${last.no}` : null };
}

/**
 * Open approvals put to these words, as they press: overdue ones first, then by deadline, last those without one. All of
 * them are looked at and sorted; open approvals are few.
 */
export async function readPressingApprovals(
  pool: Pool,
  clientId: number | null,
  words: string[],
  limit: number,
): Promise<ApprovalFacts[]> {
  const { rows } = await pool.query<ApprovalRecord>(
    `with a as materialized (
       select * from approvals where status = 0 and ($1::int is null or client_id = $1) and ${putTo("approvers")}
       order by deadline_at nulls last, job_id desc, no desc limit $3)
     ${SELECT} order by a.deadline_at nulls last, a.job_id desc, a.no desc`,
    [clientId, words, limit],
  );
  return rows.map(factsOf);
}

/** How many approvals are open, and how many of them are put to these words. */
export async function countOpenApprovals(
  pool: Pool,
  clientId: number | null,
  words: string[],
): Promise<{ open: number; mine: number }> {
  const { rows } = await pool.query<{ open: number; mine: number }>(
    `select count(*)::int as open, count(*) filter (where ${putTo("approvers")})::int as mine
     from approvals where status = 0 and ($1::int is null or client_id = $1)`,
    [clientId, words],
  );
  return rows[0] ?? { open: 0, mine: 0 };
}

function factsOf(record: ApprovalRecord): ApprovalFacts {
  return {
    row: {
      approval_id: `${record.job_id}.${record.no}`,
      job_id: record.job_id,
      no: record.no,
      status: STATUS_WORDS[record.status] ?? "withdrawn",
      state: record.state,
      message: record.message,
      blueprint_name: record.blueprint_name,
      blueprint_version: record.blueprint_version,
      client_name: record.client_name,
      labels: record.labels ?? {},
      approvers: record.approvers,
      quorum: record.quorum,
      decisions: record.decisions,
      votes: record.votes,
      outcome: record.outcome,
      version: record.version,
      asked_at: record.asked_at.toISOString(),
      decided_at: record.closed_at?.toISOString() ?? null,
      deadline_at: record.deadline_at?.toISOString() ?? null,
    },
    form: record.form,
    denyStarter: record.deny_starter,
    starter: record.starter,
    clientId: record.client_id,
    blueprintId: record.blueprint_id,
    jobCreatedAt: record.job_created_at.toISOString(),
    input: record.input,
  };
}
