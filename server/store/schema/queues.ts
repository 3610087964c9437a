import { pgTable, timestamp } from "drizzle-orm/pg-core";
import { textC } from "./column-types";

/** Task types that operators paused. */
export const queues = pgTable("queues", {
  type: textC().primaryKey(),
  pausedAt: timestamp("paused_at", { withTimezone: true }),
});
