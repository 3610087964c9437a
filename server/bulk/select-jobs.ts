import { randomUUID } from "node:crypto";
import { MAX_SELECTED, type SelectionAnswer, type SelectionFilter } from "@/lib/api/bulk";
import type { Actor } from "@/lib/job-event";
import type { Database } from "@/server/store/database";
import type { JobFilter } from "@/server/store/reads/job-filter";
import { readJobRows, statusesOf } from "@/server/store/reads/job-rows";
import { createSelection, dropSurplus } from "@/server/store/selections";

const TTL_MS = 3_600_000;
const SAMPLE = 5;
/** Selections of one owner that wait to be used; older ones go. */
const MOST_UNUSED = 50;

export interface SelectionWish {
  /** Whose jobs; null: everybody's. */
  clientId: number | null;
  owner: Actor;
  filter?: SelectionFilter;
  ids?: string[];
}

/**
 * Freezes the jobs that the filter finds now, or those of the given ids that the caller may see, and shows the newest few.
 * What is done with the selection is done to these, whatever the filter would find by then.
 */
export async function selectJobs(database: Database, wish: SelectionWish): Promise<SelectionAnswer> {
  const filter = filterOf(wish);
  const id = randomUUID();
  const selection = await createSelection(database, {
    id,
    owner: wish.owner,
    filter,
    limit: MAX_SELECTED,
    ttlMs: TTL_MS,
  });
  await dropSurplus(database, wish.owner, MOST_UNUSED);
  const { rows: sample } = await readJobRows(database.pool, filter, SAMPLE);
  return {
    selection_id: id,
    count: selection.count,
    sample,
    ...(selection.truncated ? { truncated: true } : {}),
    expires_at: selection.expiresAt.toISOString(),
  };
}

function filterOf({ clientId, filter = {}, ids }: SelectionWish): JobFilter {
  const { status, blueprint, from, to, q, parent, labels, fingerprint } = filter;
  return {
    clientId,
    ...(ids ? { ids } : {}),
    ...(status && status.length > 0 ? { statuses: statusesOf(status) } : {}),
    ...(blueprint ? { blueprint } : {}),
    ...(from ? { from: new Date(from) } : {}),
    ...(to ? { to: new Date(to) } : {}),
    ...(q ? { text: q } : {}),
    ...(parent ? { parentId: parent } : {}),
    ...(labels ? { labels } : {}),
    ...(fingerprint ? { fingerprint } : {}),
  };
}
