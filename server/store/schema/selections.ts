import { sql } from "drizzle-orm";
import {
  boolean,
  check,
  index,
  integer,
  pgTable,
  primaryKey,
  smallint,
  text,
  timestamp,
  uniqueIndex,
  uuid,
} from "drizzle-orm/pg-core";

/**
 * A frozen set of jobs that somebody looked at before doing something to all of them. Goes an hour after it was made,
 * unless it is used; then it is the report of the bulk job that used it.
 */
export const selections = pgTable(
  "selections",
  {
    id: uuid().primaryKey(),
    /** Whose jobs it may hold; null: everybody's. */
    clientId: integer("client_id"),
    /** The actor who made it, and alone may use it. */
    ownerKind: text("owner_kind").notNull(),
    ownerId: text("owner_id").notNull(),
    createdAt: timestamp("created_at", { withTimezone: true }).notNull().defaultNow(),
    expiresAt: timestamp("expires_at", { withTimezone: true }).notNull(),
    /** There were more jobs than a selection holds. */
    truncated: boolean().notNull().default(false),
    usedAt: timestamp("used_at", { withTimezone: true }),
    /** The bulk job that works on it. */
    jobId: uuid("job_id"),
    total: integer().notNull(),
    ok: integer().notNull().default(0),
    skipped: integer().notNull().default(0),
    failed: integer().notNull().default(0),
  },
  (t) => [
    uniqueIndex("selections_by_job").on(t.jobId).where(sql`${t.jobId} is not null`),
    index("selections_by_expiry").on(t.expiresAt),
  ],
);

/** One job of a selection, and what became of it there. */
export const selectionItems = pgTable(
  "selection_items",
  {
    selectionId: uuid("selection_id").notNull(),
    no: integer().notNull(),
    jobId: uuid("job_id").notNull(),
    /** 0 not yet, 1 ok, 2 skipped, 3 failed. */
    outcome: smallint().notNull().default(0),
    /** How often it was begun: one that was begun before may have been done before. */
    tries: smallint().notNull().default(0),
    canary: boolean().notNull().default(false),
    reason: text(),
  },
  (t) => [
    primaryKey({ columns: [t.selectionId, t.no] }),
    index("selection_items_open").on(t.selectionId, t.no).where(sql`${t.outcome} = 0`),
    index("selection_items_canary").on(t.selectionId, t.no).where(sql`${t.canary}`),
    check("selection_items_outcome", sql`${t.outcome} in (0, 1, 2, 3)`),
  ],
);
