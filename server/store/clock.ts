import type { Database } from "./database";

/** The only clock that deadlines are compared with. */
export async function databaseNow(database: Database): Promise<Date> {
  const { rows } = await database.pool.query<{ now: Date }>("select clock_timestamp() as now");
  const now = rows[0]?.now;
  if (!now) throw new Error("the database did not tell its time");
  return now;
}
