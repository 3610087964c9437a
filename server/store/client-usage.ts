import type { Database } from "./database";

/** A client's quota in the current month (UTC, by the database's clock). */
export interface QuotaState {
  /** Jobs that it may start in the month. */
  limit: number;
  used: number;
  /** When the next month begins. */
  resetsAt: Date;
  /** The month's first day, as in `2026-01-01`. */
  month: string;
}

interface QuotaRow {
  limit: number;
  used: number | null;
  resetsAt: Date;
  month: string;
}

const QUOTA = `select id, monthly_attempts as most, date_trunc('month', now() at time zone 'utc') as month
  from clients where id = $1 and monthly_attempts is not null`;
const MONTH = `(month + interval '1 month') at time zone 'utc' as "resetsAt", month::date::text as month`;

/**
 * Counts one job of a client, in one statement: however many ask at once, and in however many processes, never more than
 * its quota. Null when it has none. `charged` false: it is used up.
 */
export async function chargeClient(
  database: Database,
  clientId: number,
): Promise<(QuotaState & { charged: boolean }) | null> {
  const { rows } = await database.pool.query<QuotaRow>({
    name: "client_charge_1",
    text: `with quota as (${QUOTA}),
             charged as (
               insert into client_usage (client_id, month, used) select id, month::date, 1 from quota where most > 0
               on conflict (client_id, month) do update set used = client_usage.used + 1
               where client_usage.used < (select most from quota) returning used)
           select most as "limit", (select used from charged) as used, ${MONTH} from quota`,
    values: [clientId],
  });
  const [row] = rows;
  return row ? { ...row, used: row.used ?? row.limit, charged: row.used !== null } : null;
}

/** The state without counting anything; null when the client has no quota. */
export async function readQuota(database: Database, clientId: number): Promise<QuotaState | null> {
  const { rows } = await database.pool.query<QuotaState>({
    name: "client_quota_1",
    text: `with quota as (${QUOTA})
           select most as "limit", coalesce((select u.used from client_usage u
             where u.client_id = quota.id and u.month = quota.month::date), 0) as used, ${MONTH} from quota`,
    values: [clientId],
  });
  return rows[0] ?? null;
}

/** Takes one job of that month back: it was refused after it had been counted. */
export async function refundClient(database: Database, clientId: number, month: string): Promise<void> {
  await database.pool.query({
    name: "client_refund_1",
    text: "update client_usage set used = used - 1 where client_id = $1 and month = $2::date and used > 0",
    values: [clientId, month],
  });
}

/** True when a client's key made a job that is still remembered. */
export async function isKnownKey(database: Database, clientId: number, key: string): Promise<boolean> {
  const { rowCount } = await database.pool.query({
    name: "client_key_1",
    text: "select from idempotency where client_id = $1 and key = $2",
    values: [clientId, key],
  });
  return rowCount === 1;
}
