import { bigint, index, pgTable, smallint, text, uuid } from "drizzle-orm/pg-core";

/** What engines have to look at, only while there is no Redis. `lane` is the partition of the job. */
export const signals = pgTable(
  "signals",
  {
    id: bigint({ mode: "bigint" }).primaryKey().generatedAlwaysAsIdentity(),
    lane: smallint().notNull(),
    jobId: uuid("job_id").notNull(),
    body: text().notNull(),
  },
  (t) => [index("signals_by_lane").on(t.lane, t.id)],
);
