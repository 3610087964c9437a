import { TASK_STATUS } from "@/server/engine/job";
import { ANNOUNCE_CHECK_MS } from "./commit-blocks";
import type { Database } from "./database";
import { type HeldLease, stillHeld } from "./leases";

export interface Transport {
  mode: "redis" | "postgres";
  epoch: string;
}

/** How messages move now. */
export async function readTransport(database: Database): Promise<Transport> {
  const { rows } = await database.pool.query<Transport>({
    name: "transport_read_1",
    text: "select mode, epoch::text from transport",
  });
  const row = rows[0];
  if (!row) throw new Error("the table transport is empty; its row is made by the first migration");
  return row;
}

/**
 * Changes the mode if the epoch is still the one that was read, and `lease` is still held by whoever decides; returns the
 * new state, or null when another was first.
 */
export async function changeTransport(
  database: Database,
  mode: Transport["mode"],
  expectedEpoch: string,
  lease: HeldLease,
): Promise<Transport | null> {
  const { rows } = await database.pool.query<Transport>(
    `update transport set mode = $1, epoch = epoch + 1 where epoch = $2 and ${stillHeld(3)} returning mode, epoch::text`,
    [mode, expectedEpoch, lease.name, lease.epoch],
  );
  return rows[0] ?? null;
}

export const RETURN_ANNOUNCED = {
  name: "return_announced_1",
  text: `update tasks set status = ${TASK_STATUS.backlog}, due_at = least(dispatch_deadline, deadline_at)
    where ctid = any (array(select ctid from tasks where status = ${TASK_STATUS.announced} and due_at <= now() + $1 * interval '1 ms'
      order by due_at limit $2 for update skip locked))
      and ${stillHeld(3)}`,
};

/**
 * Puts up to `limit` announced tasks whose announcement is older than `olderThanMs` back into the backlog, with the same
 * fence: their streams are gone, and workers claim rows now. Those that sessions hold are not announced any more. Returns
 * how many there were. No change of the job.
 */
export async function returnAnnounced(
  database: Database,
  olderThanMs: number,
  limit: number,
  lease: HeldLease,
): Promise<number> {
  const values = [ANNOUNCE_CHECK_MS - olderThanMs, limit, lease.name, lease.epoch];
  const { rowCount } = await database.pool.query({ ...RETURN_ANNOUNCED, values });
  return rowCount ?? 0;
}
