import { integer, pgTable, timestamp, uuid } from "drizzle-orm/pg-core";
import { bigintText } from "./column-types";

/** One row for each commit that changed jobs: the log of the live feed, read up to the horizon of ended transactions. */
export const turns = pgTable("turns", {
  xid: bigintText().primaryKey(),
  at: timestamp({ withTimezone: true }).notNull(),
  jobs: uuid().array().notNull(),
  versions: integer().array().notNull(),
});
