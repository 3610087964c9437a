import { sql } from "drizzle-orm";
import { boolean, check, pgTable, text } from "drizzle-orm/pg-core";
import { bigintText } from "./column-types";

/** One row: how messages move now. Followed by every process. */
export const transport = pgTable(
  "transport",
  {
    only: boolean().primaryKey().default(true),
    mode: text().$type<"redis" | "postgres">().notNull(),
    epoch: bigintText().notNull(),
  },
  (t) => [check("transport_only", sql`${t.only}`), check("transport_mode", sql`${t.mode} in ('redis', 'postgres')`)],
);
