import { sql } from "drizzle-orm";
import { check, integer, json, pgTable, primaryKey, smallint, timestamp, uuid } from "drizzle-orm/pg-core";
import { EVENT_KIND } from "@/lib/job-event";
import { codeList } from "./column-types";

/** The history, append only. Partitioned by range of `job_id` (its first 48 bits are the time), a month each. */
export const events = pgTable(
  "events",
  {
    jobId: uuid("job_id").notNull(),
    seq: integer().notNull(),
    kind: smallint().notNull(),
    at: timestamp({ withTimezone: true }).notNull(),
    data: json(),
  },
  (t) => [
    primaryKey({ columns: [t.jobId, t.seq] }),
    check("events_seq", sql`${t.seq} > 0`),
    check("events_kind", sql`${t.kind} in (${sql.raw(codeList(Object.values(EVENT_KIND)))})`),
  ],
);
