import { sql } from "drizzle-orm";
import { check, integer, pgTable, primaryKey, uuid } from "drizzle-orm/pg-core";

/** One row for each fan-out that is under way, absolute values. */
export const groups = pgTable(
  "groups",
  {
    jobId: uuid("job_id").notNull(),
    no: integer().notNull(),
    expected: integer().notNull(),
    pending: integer().notNull(),
    failed: integer().notNull(),
    tolerate: integer().notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.jobId, t.no] }),
    check("groups_pending", sql`${t.pending} between 0 and ${t.expected}`),
    check("groups_failed", sql`${t.failed} between 0 and ${t.expected}`),
  ],
);
