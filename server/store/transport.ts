import type { Database } from "./database";

export interface Transport {
  mode: "redis" | "postgres";
  epoch: string;
}

/** How messages move now. */
export async function readTransport(database: Database): Promise<Transport> {
  const { rows } = await database.pool.query<Transport>("select mode, epoch::text from transport");
  const row = rows[0];
  if (!row) throw new Error("the table transport is empty; its row is made by the first migration");
  return row;
}

/** Changes the mode if the epoch is still the one that was read; returns the new state, or null when another was first. */
export async function changeTransport(
  database: Database,
  mode: Transport["mode"],
  expectedEpoch: string,
): Promise<Transport | null> {
  const { rows } = await database.pool.query<Transport>(
    "update transport set mode = $1, epoch = epoch + 1 where epoch = $2 returning mode, epoch::text",
    [mode, expectedEpoch],
  );
  return rows[0] ?? null;
}
