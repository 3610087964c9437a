import { sql } from "drizzle-orm";
import {
  check,
  index,
  integer,
  json,
  jsonb,
  pgTable,
  primaryKey,
  real,
  smallint,
  text,
  timestamp,
  uuid,
} from "drizzle-orm/pg-core";
import { TASK_STATUS } from "@/server/engine/job";
import { codeList, textC } from "./column-types";

const backlog = sql.raw(String(TASK_STATUS.backlog));
const running = sql.raw(String(TASK_STATUS.running));
const unplaced = sql.raw(String(TASK_STATUS.unplaced));
const placed = sql.raw(String(TASK_STATUS.placed));

/** Open tasks only: what is finished is in the job's events. `worker` is the id of the session that runs it, or is to run it. */
export const tasks = pgTable(
  "tasks",
  {
    jobId: uuid("job_id").notNull(),
    no: integer().notNull(),
    status: smallint().notNull(),
    type: textC().notNull(),
    attempt: smallint().notNull().default(1),
    fence: integer().notNull().default(1),
    losses: smallint().notNull().default(0),
    priority: real().notNull().default(0),
    groupNo: integer("group_no"),
    branch: integer(),
    /** The earliest instant at which somebody must look at this row; null while nothing can be due. */
    dueAt: timestamp("due_at", { withTimezone: true }),
    dispatchDeadline: timestamp("dispatch_deadline", { withTimezone: true }),
    deadlineAt: timestamp("deadline_at", { withTimezone: true }),
    worker: text(),
    params: json().notNull(),
    spec: json(),
    timeoutMs: integer("timeout_ms"),
    progress: real(),
    progressMessage: text("progress_message"),
    /** What it asks of a worker beyond the skill; null: nothing, and it goes through the queue of its type. */
    requirements: jsonb(),
    /** The id that the remote worker's poll had that was given this attempt: the same poll again is given it again. */
    poll: text(),
    createdAt: timestamp("created_at", { withTimezone: true }).notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.jobId, t.no] }),
    index("tasks_ready").on(t.type, t.priority.desc().nullsFirst(), t.jobId, t.no).where(sql`${t.status} = ${backlog}`),
    index("tasks_held").on(t.worker).where(sql`${t.status} = ${running}`),
    index("tasks_unplaced").on(t.priority.desc().nullsFirst(), t.jobId, t.no).where(sql`${t.status} = ${unplaced}`),
    index("tasks_placed").on(t.worker).where(sql`${t.status} = ${placed}`),
    index("tasks_due").on(t.dueAt).where(sql`${t.dueAt} is not null`),
    check("tasks_status", sql`${t.status} in (${sql.raw(codeList(Object.values(TASK_STATUS)))})`),
    check("tasks_branch", sql`(${t.groupNo} is null) = (${t.branch} is null)`),
    check("tasks_counts", sql`${t.attempt} >= 0 and ${t.fence} > 0 and ${t.losses} >= 0`),
  ],
);
