import { bigint, index, integer, json, pgTable, text, timestamp } from "drizzle-orm/pg-core";

/** Who did what, for people to read later. Append only. */
export const audit = pgTable(
  "audit",
  {
    id: bigint({ mode: "number" }).primaryKey().generatedAlwaysAsIdentity(),
    at: timestamp({ withTimezone: true }).notNull().defaultNow(),
    actorKind: text("actor_kind").notNull(),
    actorId: text("actor_id").notNull(),
    actorName: text("actor_name"),
    action: text().notNull(),
    targetKind: text("target_kind").notNull(),
    targetId: text("target_id").notNull(),
    clientId: integer("client_id"),
    reason: text(),
    data: json(),
  },
  (t) => [
    index("audit_at").on(t.at.desc().nullsFirst()),
    index("audit_target").on(t.targetKind, t.targetId, t.at.desc().nullsFirst()),
  ],
);
