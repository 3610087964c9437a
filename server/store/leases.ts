import type { Database } from "./database";

export interface Lease {
  name: string;
  holder: string;
  /** Rises whenever the lease changes hands or was let lapse. */
  epoch: string;
  /** False once its time has passed, by the database's clock. */
  live: boolean;
}

/** A lease as its holder knows it: what it writes under it carries both. */
export interface HeldLease {
  name: string;
  epoch: string;
}

/**
 * SQL that is true while the lease named by the parameter `first` has the epoch of the parameter after it: a write of
 * somebody whom another has replaced changes no row.
 */
export function stillHeld(first: number): string {
  return `exists (select from leases h where h.name = $${first} and h.epoch = $${first + 1}::bigint)`;
}

/**
 * Takes those of `names` that are free or already the holder's, for `ttlMs`; returns the epochs of what it holds now. The
 * epoch stays while a holder renews in time.
 */
export async function acquireLeases(
  database: Database,
  names: string[],
  holder: string,
  ttlMs: number,
): Promise<Map<string, string>> {
  if (names.length === 0) return new Map();
  const { rows } = await database.pool.query<{ name: string; epoch: string }>({
    name: "lease_acquire_1",
    text: `insert into leases as l (name, holder, epoch, until)
      select x.name, $2, 1, now() + $3 * interval '1 ms' from unnest($1::text[]) as x(name) order by x.name collate "C"
      on conflict (name) do update set holder = excluded.holder, until = excluded.until,
        epoch = l.epoch + (l.holder <> excluded.holder or l.until <= now())::int
      where l.holder = excluded.holder or l.until <= now()
      returning l.name, l.epoch::text`,
    values: [[...new Set(names)], holder, ttlMs],
  });
  return new Map(rows.map((row) => [row.name, row.epoch]));
}

/** The lease's epoch, or null while another holds it. */
export async function acquireLease(
  database: Database,
  name: string,
  holder: string,
  ttlMs: number,
): Promise<string | null> {
  return (await acquireLeases(database, [name], holder, ttlMs)).get(name) ?? null;
}

/** Prolongs what is still held under the given epochs; returns the names that are. The others are lost. */
export async function renewLeases(
  database: Database,
  held: { name: string; epoch: string }[],
  holder: string,
  ttlMs: number,
): Promise<Set<string>> {
  if (held.length === 0) return new Set();
  const { rows } = await database.pool.query<{ name: string }>({
    name: "lease_renew_1",
    text: `with x as materialized (select l.name from leases l join unnest($1::text[], $2::bigint[]) as x(name, epoch)
        on l.name = x.name and l.epoch = x.epoch where l.holder = $3 and l.until > now() order by l.name for update of l)
      update leases l set until = now() + $4 * interval '1 ms' from x where l.name = x.name returning l.name`,
    values: [held.map((lease) => lease.name), held.map((lease) => lease.epoch), holder, ttlMs],
  });
  return new Set(rows.map((row) => row.name));
}

/** Ends leases of this holder at once; others may take them. */
export async function releaseLeases(database: Database, names: string[], holder: string): Promise<void> {
  if (names.length === 0) return;
  await database.pool.query({
    name: "lease_release_1",
    text: `with x as materialized (select name from leases where name = any ($1::text[]) and holder = $2 order by name for update)
      update leases l set until = now() from x where l.name = x.name`,
    values: [names, holder],
  });
}

/** Leases whose name starts with `prefix`, lapsed ones too. */
export async function listLeases(database: Database, prefix: string): Promise<Lease[]> {
  const { rows } = await database.pool.query<Lease>({
    name: "lease_list_1",
    text: `select name, holder, epoch::text, until > now() as live from leases where starts_with(name, $1) order by name`,
    values: [prefix],
  });
  return rows;
}

/** Forgets leases of a prefix that lapsed more than `ms` ago (engines that are gone). */
export async function removeLapsedLeases(database: Database, prefix: string, ms: number): Promise<void> {
  await database.pool.query("delete from leases where starts_with(name, $1) and until < now() - $2 * interval '1 ms'", [
    prefix,
    ms,
  ]);
}
