import { index, integer, pgTable, primaryKey, timestamp, uuid } from "drizzle-orm/pg-core";
import { bytea, textC } from "./column-types";

/** The job that a client's `Idempotency-Key` made; kept while the job is open and for at least a day. */
export const idempotency = pgTable(
  "idempotency",
  {
    clientId: integer("client_id").notNull(),
    key: textC().notNull(),
    requestHash: bytea("request_hash").notNull(),
    jobId: uuid("job_id").notNull(),
    createdAt: timestamp("created_at", { withTimezone: true }).notNull(),
  },
  (t) => [primaryKey({ columns: [t.clientId, t.key] }), index("idempotency_age").using("brin", t.createdAt)],
);
