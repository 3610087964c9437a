import { integer, pgTable, text, timestamp } from "drizzle-orm/pg-core";
import { bytea } from "./column-types";

/** Tokens of remote workers; `worker` null means that any worker may use it. */
export const workerTokens = pgTable("worker_tokens", {
  id: integer().primaryKey().generatedByDefaultAsIdentity(),
  name: text().notNull().unique(),
  worker: text(),
  tokenHash: bytea("token_hash").notNull().unique(),
  createdAt: timestamp("created_at", { withTimezone: true }).notNull().defaultNow(),
  disabledAt: timestamp("disabled_at", { withTimezone: true }),
});
