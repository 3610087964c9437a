import { index, integer, pgTable, text, timestamp, uuid } from "drizzle-orm/pg-core";

/**
 * The jobs that stand in quarantine, by what put them there. Kept by a trigger on `jobs`, so that no way of writing a
 * job can forget it; `fingerprint` is made of blueprint, state, error code and normalised message.
 */
export const quarantine = pgTable(
  "quarantine",
  {
    jobId: uuid("job_id").primaryKey(),
    clientId: integer("client_id").notNull(),
    blueprint: text().notNull(),
    fingerprint: uuid().notNull(),
    at: timestamp({ withTimezone: true }).notNull(),
  },
  (t) => [index("quarantine_by_fingerprint").on(t.fingerprint, t.jobId)],
);
