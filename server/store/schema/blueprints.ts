import { sql } from "drizzle-orm";
import {
  boolean,
  check,
  index,
  integer,
  json,
  pgTable,
  text,
  timestamp,
  unique,
  uniqueIndex,
} from "drizzle-orm/pg-core";
import { clients } from "./clients";
import { textC } from "./column-types";

/** Every document that was ever registered, by name, version and content. Documents never change: jobs are pinned to them. */
export const blueprints = pgTable(
  "blueprints",
  {
    id: integer().primaryKey().generatedAlwaysAsIdentity(),
    name: textC().notNull(),
    version: integer().notNull(),
    hash: textC().notNull(),
    document: json().notNull(),
    description: text(),
    apiEndpoint: textC("api_endpoint"),
    apiVersion: textC("api_version"),
    clientId: integer("client_id")
      .notNull()
      .references(() => clients.id),
    shared: boolean().notNull(),
    source: text().$type<"code" | "upload">().notNull(),
    createdAt: timestamp("created_at", { withTimezone: true }).notNull().defaultNow(),
    /** Deleted by a person: in no list and for no new job; jobs that ran with it keep their document. */
    archivedAt: timestamp("archived_at", { withTimezone: true }),
  },
  (t) => [
    unique("blueprints_version").on(t.name, t.version),
    unique("blueprints_hash").on(t.name, t.hash),
    check("blueprints_number", sql`${t.version} > 0`),
    check("blueprints_source", sql`${t.source} in ('code', 'upload')`),
  ],
);

/** The version that new jobs of a name get: the content that was put last, which may be an older version again. */
export const blueprintHeads = pgTable(
  "blueprint_heads",
  {
    name: textC().primaryKey(),
    blueprintId: integer("blueprint_id")
      .notNull()
      .references(() => blueprints.id),
    clientId: integer("client_id")
      .notNull()
      .references(() => clients.id),
    shared: boolean().notNull(),
    apiEndpoint: textC("api_endpoint"),
    apiVersion: textC("api_version"),
    updatedAt: timestamp("updated_at", { withTimezone: true }).notNull().defaultNow(),
  },
  (t) => [
    uniqueIndex("blueprint_heads_endpoint")
      .on(sql`coalesce(${t.apiVersion}, '')`, t.apiEndpoint)
      .where(sql`${t.apiEndpoint} is not null`),
    index("blueprint_heads_client").on(t.clientId),
  ],
);
