import { sql } from "drizzle-orm";
import {
  boolean,
  check,
  index,
  integer,
  json,
  pgTable,
  primaryKey,
  smallint,
  text,
  timestamp,
  uuid,
} from "drizzle-orm/pg-core";
import { APPROVAL_STATUS } from "@/server/engine/writes";
import { codeList, textC } from "./column-types";

/** What people are asked to decide. `decisions` are the words they may choose from, `votes` what was said so far. */
export const approvals = pgTable(
  "approvals",
  {
    jobId: uuid("job_id").notNull(),
    no: integer().notNull(),
    clientId: integer("client_id").notNull(),
    status: smallint().notNull(),
    state: textC().notNull(),
    message: text().notNull(),
    form: json(),
    approvers: text().array().notNull(),
    quorum: smallint().notNull(),
    denyStarter: boolean("deny_starter").notNull(),
    decisions: json().$type<string[]>().notNull(),
    votes: json().notNull(),
    outcome: text(),
    /** Counts its changes: what a decision may be compared with. */
    version: integer().notNull().default(1),
    deadlineAt: timestamp("deadline_at", { withTimezone: true }),
    askedAt: timestamp("asked_at", { withTimezone: true }).notNull(),
    closedAt: timestamp("closed_at", { withTimezone: true }),
  },
  (t) => [
    primaryKey({ columns: [t.jobId, t.no] }),
    index("approvals_open")
      .on(t.clientId, t.jobId.desc().nullsFirst())
      .where(sql`${t.status} = ${sql.raw(String(APPROVAL_STATUS.open))}`),
    check("approvals_status", sql`${t.status} in (${sql.raw(codeList(Object.values(APPROVAL_STATUS)))})`),
    check(
      "approvals_closed",
      sql`(${t.status} <> ${sql.raw(String(APPROVAL_STATUS.open))}) = (${t.closedAt} is not null)`,
    ),
    check("approvals_quorum", sql`${t.quorum} > 0`),
  ],
);
