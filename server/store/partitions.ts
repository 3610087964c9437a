import type { ClientBase } from "pg";

/** Months of `events` that exist ahead of the current one. */
const MONTHS_AHEAD = 3;

interface Month {
  year: number;
  /** 1 to 12. */
  month: number;
}

/** The lowest uuid v7 of an instant: 48 bits of milliseconds, the rest zero. */
export function lowestIdAt(epochMs: number): string {
  const hex = Math.max(0, Math.floor(epochMs)).toString(16).padStart(12, "0");
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-0000-0000-000000000000`;
}

function addMonths({ year, month }: Month, count: number): Month {
  const total = year * 12 + (month - 1) + count;
  return { year: Math.floor(total / 12), month: (total % 12) + 1 };
}

function nameOf({ year, month }: Month): string {
  return `events_${year}_${String(month).padStart(2, "0")}`;
}

/**
 * Makes the partitions of `events` from last month (for clocks that are behind) to three months ahead, by the
 * database's clock. Returns the names of those that it made.
 */
export async function ensureEventPartitions(client: ClientBase): Promise<string[]> {
  const { rows } = await client.query<{ year: number; month: number; names: string[] | null }>(
    `select extract(year from now() at time zone 'utc')::int as year, extract(month from now() at time zone 'utc')::int as month,
            (select array_agg(c.relname::text) from pg_inherits i join pg_class c on c.oid = i.inhrelid
             where i.inhparent = 'events'::regclass) as names`,
  );
  const row = rows[0];
  if (!row) throw new Error("the database did not tell its date");
  const existing = new Set(row.names ?? []);
  const made: string[] = [];
  for (let offset = -1; offset <= MONTHS_AHEAD; offset++) {
    const from = addMonths(row, offset);
    const name = nameOf(from);
    if (existing.has(name)) continue;
    const to = addMonths(from, 1);
    const bounds = [from, to].map(({ year, month }) => lowestIdAt(Date.UTC(year, month - 1, 1)));
    await client.query(
      `create table "${name}" partition of "events" for values from ('${bounds[0]}') to ('${bounds[1]}')`,
    );
    made.push(name);
  }
  return made;
}
