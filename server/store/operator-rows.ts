import type { Database } from "./database";

/** How many people have an account. */
export async function countOperators(database: Database): Promise<number> {
  const { rows } = await database.pool.query<{ count: number }>("select count(*)::int as count from operators");
  return rows[0]?.count ?? 0;
}

/** The account that has been there longest, an admin before others; null while there is none. */
export async function firstOperatorId(database: Database): Promise<string | null> {
  const { rows } = await database.pool.query<{ id: string }>(
    "select id from operators order by role = 'admin' desc, created_at, id limit 1",
  );
  return rows[0]?.id ?? null;
}

/** Changes a person's role. */
export async function setOperatorRole(database: Database, id: string, role: string): Promise<void> {
  await database.pool.query("update operators set role = $2, updated_at = now() where id = $1", [id, role]);
}

/** A person's row, without anything secret. */
export interface OperatorRow {
  id: string;
  name: string;
  email: string;
  role: string;
  groups: string[];
}

export async function listOperators(database: Database): Promise<OperatorRow[]> {
  const { rows } = await database.pool.query<OperatorRow>(
    "select id, name, email, role, groups from operators order by lower(name), id",
  );
  return rows;
}

/** The groups of a person; none for one who is not there. By primary key. */
export async function operatorGroups(database: Database, id: string): Promise<string[]> {
  const { rows } = await database.pool.query<{ groups: string[] }>({
    name: "operator_groups_1",
    text: "select groups from operators where id = $1",
    values: [id],
  });
  return rows[0]?.groups ?? [];
}

/** Replaces a person's groups; null when there is no such person. */
export async function setOperatorGroups(database: Database, id: string, groups: string[]): Promise<OperatorRow | null> {
  const { rows } = await database.pool.query<OperatorRow>(
    "update operators set groups = $2, updated_at = now() where id = $1 returning id, name, email, role, groups",
    [id, groups],
  );
  return rows[0] ?? null;
}

/** A secret of the installation, made from `fresh` by whichever process asks first. */
export async function instanceSecret(database: Database, name: string, fresh: string): Promise<string> {
  await database.pool.query(
    "insert into instance_secrets (name, value) values ($1, $2) on conflict (name) do nothing",
    [name, fresh],
  );
  const { rows } = await database.pool.query<{ value: string }>("select value from instance_secrets where name = $1", [
    name,
  ]);
  return rows[0]?.value ?? fresh;
}

/** Runs `work` while no other process does under this name; null when another one is at it. A crash frees the name. */
export async function whileAlone<T>(database: Database, name: string, work: () => Promise<T>): Promise<T | null> {
  const client = await database.pool.connect();
  try {
    const { rows } = await client.query<{ got: boolean }>(
      "select pg_try_advisory_lock(hashtextextended($1, 2)) as got",
      [name],
    );
    return rows[0]?.got ? await work() : null;
  } finally {
    // Ending the session frees the lock, whatever became of the work.
    client.release(true);
  }
}

/** Remembers when a sign-in link was first offered; a restart with the same link changes nothing. */
export async function offerSignInLink(database: Database, hash: Uint8Array): Promise<void> {
  await database.pool.query("insert into sign_in_links (hash) values ($1) on conflict (hash) do nothing", [
    Buffer.from(hash),
  ]);
}

/** Uses a sign-in link: true once, and only within `validMs` of its first offer. */
export async function useSignInLink(database: Database, hash: Uint8Array, validMs: number): Promise<boolean> {
  const { rowCount } = await database.pool.query(
    "update sign_in_links set used_at = now() where hash = $1 and used_at is null and first_seen_at > now() - $2 * interval '1 ms'",
    [Buffer.from(hash), validMs],
  );
  return rowCount === 1;
}

/**
 * Counts an attempt under each key in windows of `windowMs`, and says how many there were in the current one, this one
 * included. One statement: attempts at the same moment count each.
 */
export async function countAttempts(
  database: Database,
  keys: readonly string[],
  windowMs: number,
): Promise<Map<string, number>> {
  const { rows } = await database.pool.query<{ key: string; count: number }>(
    `insert into sign_in_attempts as a (key, count, window_start) select k, 1, now() from unnest($1::text[]) k order by k
     on conflict (key) do update set
       count = case when a.window_start < now() - $2 * interval '1 ms' then 1 else a.count + 1 end,
       window_start = case when a.window_start < now() - $2 * interval '1 ms' then now() else a.window_start end
     returning key, count`,
    [[...new Set(keys)], windowMs],
  );
  return new Map(rows.map((row) => [row.key, row.count]));
}

/** Forgets the attempts under a key, after one that succeeded, and those whose window is long over. */
export async function clearAttempts(database: Database, key: string): Promise<void> {
  await database.pool.query("delete from sign_in_attempts where key = $1 or window_start < now() - interval '1 day'", [
    key,
  ]);
}
