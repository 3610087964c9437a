import { integer, json, pgTable, text, timestamp } from "drizzle-orm/pg-core";
import { bytea } from "./column-types";

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
  createdAt: timestamp("created_at", { withTimezone: true }).notNull().defaultNow(),
  disabledAt: timestamp("disabled_at", { withTimezone: true }),
});
