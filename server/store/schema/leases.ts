import { pgTable, text, timestamp } from "drizzle-orm/pg-core";
import { bigintText, textC } from "./column-types";

/** Who does what only one may do; `epoch` rises with every change of hands. */
export const leases = pgTable("leases", {
  name: textC().primaryKey(),
  holder: text().notNull(),
  epoch: bigintText().notNull(),
  until: timestamp({ withTimezone: true }).notNull(),
});
