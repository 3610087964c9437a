import { sql } from "drizzle-orm";
import { check, date, integer, json, pgTable, primaryKey, text, timestamp } from "drizzle-orm/pg-core";
import { bytea } from "./column-types";
import type { TokenSource } from "./worker-tokens";

/** The client that jobs started by operators belong to; made by the first migration. */
export const OPERATORS_CLIENT_ID = 1;

/** Callers of the API. A client without a token hash cannot sign in. */
export const clients = pgTable("clients", {
  id: integer().primaryKey().generatedByDefaultAsIdentity(),
  name: text().notNull().unique(),
  tokenHash: bytea("token_hash").unique(),
  scopes: text().array().notNull(),
  /** What handlers may read of the client that started a job. */
  plan: text(),
  params: json(),
  description: text(),
  /** Everything else that its entry says, by name. */
  config: json(),
  /** Jobs that it may start in a calendar month (UTC); null: any number. */
  monthlyAttempts: integer("monthly_attempts"),
  source: text().$type<TokenSource | "system">().notNull().default("api"),
  createdAt: timestamp("created_at", { withTimezone: true }).notNull().defaultNow(),
  disabledAt: timestamp("disabled_at", { withTimezone: true }),
});

/** Jobs that a client started in a month; `month` is its first day. */
export const clientUsage = pgTable(
  "client_usage",
  {
    clientId: integer("client_id")
      .notNull()
      .references(() => clients.id, { onDelete: "cascade" }),
    month: date().notNull(),
    used: integer().notNull(),
  },
  (t) => [primaryKey({ columns: [t.clientId, t.month] }), check("client_usage_count", sql`${t.used} >= 0`)],
);
