import type pg from "pg";
import type { Database } from "./database";
import { STS_KIND, STS_ORIGIN } from "./schema/worker-tokens";
import { inTransaction } from "./transaction";

export type StsOrigin = keyof typeof STS_ORIGIN;

/** A new access token and a new refresh token, as SHA-256. */
export interface StsPair {
  access: Uint8Array;
  refresh: Uint8Array;
  accessTtlMs: number;
  refreshTtlMs: number;
}

export interface StsFamily {
  worker: string;
  /** A uuid. */
  family: string;
  origin: StsOrigin;
  /** The worker's own token that it began with. */
  tokenId: number | null;
}

/** An access token that is good now. */
export interface StsAccess extends StsFamily {
  ageMs: number;
  leftMs: number;
  predecessor: Buffer | null;
  /** What the token that it began with says; null without one. */
  token: { worker: string | null; skills: string[] | null } | null;
}

interface FamilyRow {
  worker: string;
  family: string;
  origin: number;
  token_id: number | null;
  token_worker: string | null;
  token_skills: string[] | null;
}

type Querying = Pick<pg.PoolClient, "query">;

/** A family is worth something only while the token that it began with is enabled. */
const SOURCE_IS_GOOD = "(s.token_id is null or (t.id is not null and t.disabled_at is null))";

/** Null when no access token has this hash, or it is over, revoked, or without the token that it began with. */
export async function stsAccess(database: Database, hash: Uint8Array): Promise<StsAccess | null> {
  const { rows } = await database.pool.query<
    FamilyRow & { predecessor: Buffer | null; age_ms: number; left_ms: number }
  >({
    name: "sts_access_1",
    text: `select s.worker, s.family, s.origin, s.token_id, s.predecessor, t.worker as token_worker, t.skills as token_skills,
        (extract(epoch from clock_timestamp() - s.issued_at) * 1000)::float8 as age_ms,
        (extract(epoch from s.expires_at - clock_timestamp()) * 1000)::float8 as left_ms
      from worker_sts_tokens s left join worker_tokens t on t.id = s.token_id
      where s.token_hash = $1 and s.kind = ${STS_KIND.access} and s.revoked_at is null
        and s.expires_at > clock_timestamp() and ${SOURCE_IS_GOOD}`,
    values: [Buffer.from(hash)],
  });
  const [row] = rows;
  if (!row) return null;
  return {
    ...familyOf(row),
    ageMs: row.age_ms,
    leftMs: row.left_ms,
    predecessor: row.predecessor,
    token: tokenOf(row),
  };
}

/**
 * Begins a family, or adds a pair to one. `predecessor`: the sealed token that the worker has used so far. False: the family
 * is over, and so is whatever was made in it.
 */
export async function beginStsFamily(
  database: Database,
  family: StsFamily,
  pair: StsPair,
  predecessor: Buffer | null,
): Promise<boolean> {
  return inTransaction(database.pool, async (client) => {
    const { rows } = await client.query<{ over: boolean }>({
      name: "sts_over_1",
      text: `select used_at is not null and revoked_at is not null as over from worker_sts_tokens
        where family = $1 order by token_hash for update`,
      values: [family.family],
    });
    if (rows.some(({ over }) => over)) return false;
    await insertPair(client, family, pair, predecessor);
    return true;
  });
}

export type StsExchange =
  | { outcome: "exchanged"; worker: string; repeated: boolean }
  /** There is no such token, it is over, or its family ended. */
  | { outcome: "unknown" }
  /** It belongs to another worker. */
  | { outcome: "foreign"; worker: string }
  /** It was used before, by somebody who should not have had it or should not have it now: its family is over. */
  | { outcome: "reused"; worker: string };

/** What a refresh token is changed under: whose it has to be, the next pair, and what is kept of the one before. */
export interface StsRefresh {
  worker: string;
  next: StsPair;
  presented: Uint8Array | null;
  seal: () => Buffer | null;
  origins: readonly StsOrigin[];
  lostAnswerMs: number;
  oldAccessMs: number;
}

/**
 * Takes a refresh token and gives the next pair. Where the family has an access token of the hash that was `presented`,
 * `seal` gives what to keep of that. A token that was used within `lostAnswerMs` is taken once more; of the refresh tokens
 * of its answers the first that is used makes the others worth nothing. Access tokens of before last `oldAccessMs` more.
 */
export async function exchangeStsRefresh(
  database: Database,
  refresh: Uint8Array,
  exchange: StsRefresh,
): Promise<StsExchange> {
  return inTransaction(database.pool, async (client) => {
    const row = await lockRefresh(client, refresh);
    if (!row) return { outcome: "unknown" };
    if (row.worker !== exchange.worker) return { outcome: "foreign", worker: row.worker };
    const family = familyOf(row);
    if (!row.good || !exchange.origins.includes(family.origin)) return { outcome: "unknown" };
    const repeated = row.used_ms_ago !== null;
    if (row.revoked || (row.used_ms_ago !== null && row.used_ms_ago > exchange.lostAnswerMs)) {
      await revokeFamily(client, family.family);
      return { outcome: "reused", worker: row.worker };
    }
    await client.query(
      "update worker_sts_tokens set used_at = coalesce(used_at, clock_timestamp()) where token_hash = $1",
      [Buffer.from(refresh)],
    );
    // Two copies of one request may overtake each other: the pair that arrived stays good until one of them is used.
    if (!repeated) await retire(client, family.family, exchange.oldAccessMs);
    const known = exchange.presented !== null && (await isOfFamily(client, exchange.presented, family.family));
    await insertPair(client, family, exchange.next, known ? exchange.seal() : null);
    return { outcome: "exchanged", worker: row.worker, repeated };
  });
}

interface RefreshRow extends FamilyRow {
  used_ms_ago: number | null;
  revoked: boolean;
  good: boolean;
}

/** Locks the whole family, in one order: two of its tokens may be used at once. */
async function lockRefresh(client: Querying, hash: Uint8Array): Promise<RefreshRow | undefined> {
  await client.query({
    name: "sts_lock_1",
    text: `select from worker_sts_tokens where family = (select family from worker_sts_tokens where token_hash = $1)
      order by token_hash for update`,
    values: [Buffer.from(hash)],
  });
  const { rows } = await client.query<RefreshRow>({
    name: "sts_refresh_1",
    text: `select s.worker, s.family, s.origin, s.token_id, t.worker as token_worker, t.skills as token_skills,
        (extract(epoch from clock_timestamp() - s.used_at) * 1000)::float8 as used_ms_ago,
        s.revoked_at is not null as revoked, ${SOURCE_IS_GOOD} and s.expires_at > clock_timestamp() as good
      from worker_sts_tokens s left join worker_tokens t on t.id = s.token_id
      where s.token_hash = $1 and s.kind = ${STS_KIND.refresh}`,
    values: [Buffer.from(hash)],
  });
  return rows[0];
}

/** Before a new pair: refresh tokens that nobody used are worth nothing, access tokens not for much longer. */
async function retire(client: Querying, family: string, oldAccessMs: number): Promise<void> {
  await client.query({
    name: "sts_retire_1",
    text: `update worker_sts_tokens set
        revoked_at = case when kind = ${STS_KIND.refresh} then clock_timestamp() end,
        expires_at = case when kind = ${STS_KIND.access}
          then least(expires_at, clock_timestamp() + $2 * interval '1 ms') else expires_at end
      where family = $1 and revoked_at is null and used_at is null and expires_at > clock_timestamp()`,
    values: [family, oldAccessMs],
  });
}

async function revokeFamily(client: Querying, family: string): Promise<void> {
  await client.query(
    "update worker_sts_tokens set revoked_at = clock_timestamp() where family = $1 and revoked_at is null",
    [family],
  );
}

async function isOfFamily(client: Querying, hash: Uint8Array, family: string): Promise<boolean> {
  const { rowCount } = await client.query(
    `select from worker_sts_tokens where token_hash = $1 and family = $2 and kind = ${STS_KIND.access}`,
    [Buffer.from(hash), family],
  );
  return rowCount === 1;
}

async function insertPair(
  client: Querying,
  { worker, family, origin, tokenId }: StsFamily,
  pair: StsPair,
  predecessor: Buffer | null,
): Promise<void> {
  await client.query({
    name: "sts_issue_1",
    text: `insert into worker_sts_tokens (token_hash, kind, worker, family, origin, token_id, predecessor, issued_at, expires_at)
      values ($1, ${STS_KIND.access}, $3, $4, $5, $6, $7, clock_timestamp(), clock_timestamp() + $8 * interval '1 ms'),
        ($2, ${STS_KIND.refresh}, $3, $4, $5, $6, null, clock_timestamp(), clock_timestamp() + $9 * interval '1 ms')`,
    values: [
      Buffer.from(pair.access),
      Buffer.from(pair.refresh),
      worker,
      family,
      STS_ORIGIN[origin],
      tokenId,
      predecessor,
      pair.accessTtlMs,
      pair.refreshTtlMs,
    ],
  });
}

/** Removes tokens that have been over for a day: until then a used one that comes again tells of a theft. */
export async function removeOldStsTokens(database: Database, rowsAtOnce = 5_000): Promise<number> {
  for (let total = 0; ; ) {
    const { rowCount } = await database.pool.query(
      `delete from worker_sts_tokens where token_hash in (
        select token_hash from worker_sts_tokens where expires_at < now() - interval '1 day' order by expires_at limit $1)`,
      [rowsAtOnce],
    );
    total += rowCount ?? 0;
    if ((rowCount ?? 0) < rowsAtOnce) return total;
  }
}

function familyOf(row: FamilyRow): StsFamily {
  const origin = (Object.keys(STS_ORIGIN) as StsOrigin[]).find((name) => STS_ORIGIN[name] === row.origin);
  if (!origin) throw new RangeError(`unknown origin ${row.origin}`);
  return { worker: row.worker, family: row.family, origin, tokenId: row.token_id };
}

function tokenOf(row: FamilyRow): StsAccess["token"] {
  return row.token_id === null ? null : { worker: row.token_worker, skills: row.token_skills };
}
