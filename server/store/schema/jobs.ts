import { sql } from "drizzle-orm";
import {
  check,
  index,
  integer,
  json,
  jsonb,
  pgTable,
  smallint,
  timestamp,
  uniqueIndex,
  uuid,
} from "drizzle-orm/pg-core";
import { FIRST_TERMINAL_CODE, JOB_STATUS } from "@/lib/job-status";
import { codeList, textC } from "./column-types";

const statusCodes = codeList(Object.values(JOB_STATUS).map((status) => status.code));
const finished = sql.raw(String(JOB_STATUS.finished.code));

/**
 * One row for each run of a blueprint. `version` is the number of its last event. Never index `updated_at`, `state` or
 * `version`: an update stays within its page only while no indexed column changes.
 */
export const jobs = pgTable(
  "jobs",
  {
    id: uuid().primaryKey(),
    clientId: integer("client_id").notNull(),
    blueprintId: integer("blueprint_id").notNull(),
    parentId: uuid("parent_id"),
    parentTask: integer("parent_task"),
    version: integer().notNull(),
    status: smallint().notNull(),
    state: textC().notNull(),
    transitions: integer().notNull(),
    input: json().notNull(),
    result: json(),
    error: json(),
    labels: jsonb(),
    /** The long random id by which the process API knows the job; null for jobs that were started elsewhere. */
    processId: textC("process_id"),
    createdAt: timestamp("created_at", { withTimezone: true }).notNull(),
    updatedAt: timestamp("updated_at", { withTimezone: true }).notNull(),
    finishedAt: timestamp("finished_at", { withTimezone: true }),
  },
  (t) => [
    index("jobs_by_client").on(t.clientId, t.id.desc().nullsFirst()),
    index("jobs_by_blueprint").on(t.blueprintId, t.id.desc().nullsFirst()),
    index("jobs_by_status").on(t.status, t.id.desc().nullsFirst()).where(sql`${t.status} <> ${finished}`),
    index("jobs_by_labels").using("gin", sql`${t.labels} jsonb_path_ops`).where(sql`${t.labels} is not null`),
    index("jobs_by_parent").on(t.parentId).where(sql`${t.parentId} is not null`),
    uniqueIndex("jobs_by_process").on(t.processId).where(sql`${t.processId} is not null`),
    check("jobs_version", sql`${t.version} > 0`),
    check("jobs_status", sql`${t.status} in (${sql.raw(statusCodes)})`),
    check(
      "jobs_finished",
      sql`(${t.status} >= ${sql.raw(String(FIRST_TERMINAL_CODE))}) = (${t.finishedAt} is not null)`,
    ),
    check("jobs_transitions", sql`${t.transitions} >= 0`),
  ],
);
