import { sql } from "drizzle-orm";
import { check, index, json, pgTable, primaryKey, smallint, timestamp, uuid } from "drizzle-orm/pg-core";
import { TIMER_KINDS } from "@/lib/job-event";
import { codeList, textC } from "./column-types";

/** Due work of a job as a whole; deadlines of its tasks are in `tasks.due_at`. */
export const timers = pgTable(
  "timers",
  {
    jobId: uuid("job_id").notNull(),
    key: textC().notNull(),
    kind: smallint().notNull(),
    dueAt: timestamp("due_at", { withTimezone: true }).notNull(),
    data: json(),
  },
  (t) => [
    primaryKey({ columns: [t.jobId, t.key] }),
    index("timers_due").on(t.dueAt),
    check("timers_kind", sql`${t.kind} in (${sql.raw(codeList(Object.values(TIMER_KINDS)))})`),
  ],
);
