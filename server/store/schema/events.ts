import { sql } from "drizzle-orm";
import { check, index, integer, json, pgTable, primaryKey, smallint, timestamp, uuid } from "drizzle-orm/pg-core";
import { EVENT_KIND } from "@/lib/job-event";
import { codeList } from "./column-types";

/** Events that are looked for by their kind. */
const OPERATORS_EVENTS = ["job_paused", "job_requeued", "job_forked", "priority_changed"] as const;

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
    // What people do with a job is rare, and a page of the job asks for it among up to millions of other events.
    index("events_of_operators")
      .on(t.jobId, t.kind, t.seq)
      .where(sql`${t.kind} in (${sql.raw(codeList(OPERATORS_EVENTS.map((kind) => EVENT_KIND[kind])))})`),
    check("events_seq", sql`${t.seq} > 0`),
    check("events_kind", sql`${t.kind} in (${sql.raw(codeList(Object.values(EVENT_KIND)))})`),
  ],
);
