import { sql } from "drizzle-orm";
import {
  check,
  customType,
  foreignKey,
  index,
  integer,
  pgTable,
  primaryKey,
  text,
  timestamp,
  uuid,
} from "drizzle-orm/pg-core";
import { clients } from "./clients";
import { allSearchConfigs, quoted, searchVector, tsvector } from "./reports";

const bytea = customType<{ data: Buffer }>({ dataType: () => "bytea" });

/** Documents whose text is kept searchable, each once in a workspace; `reason` says why one failed. */
export const documents = pgTable(
  "documents",
  {
    workspaceId: uuid("workspace_id").notNull(),
    /** Of the file. */
    id: uuid().notNull(),
    clientId: integer("client_id")
      .notNull()
      .references(() => clients.id),
    /** That processes it now, or did last: the word of any other is refused. */
    jobId: uuid("job_id").notNull(),
    name: text().notNull(),
    status: text().$type<"processing" | "ready" | "failed">().notNull(),
    reason: text(),
    chunks: integer(),
    characters: integer(),
    /** That its embeddings are of; null: none. */
    model: text(),
    createdAt: timestamp("created_at", { withTimezone: true }).notNull().defaultNow(),
    updatedAt: timestamp("updated_at", { withTimezone: true }).notNull().defaultNow(),
  },
  (t) => [
    primaryKey({ columns: [t.workspaceId, t.id] }),
    index("documents_by_client").on(t.clientId, t.updatedAt.desc().nullsFirst()),
    check("documents_status", sql`${t.status} in ('processing', 'ready', 'failed')`),
  ],
);

export const documentChunks = pgTable(
  "document_chunks",
  {
    workspaceId: uuid("workspace_id").notNull(),
    documentId: uuid("document_id").notNull(),
    no: integer().notNull(),
    page: integer().notNull(),
    language: text().notNull(),
    config: text().notNull(),
    text: text().notNull(),
    /** SHA-256 of the text in UTF-8. */
    textHash: bytea("text_hash").notNull(),
    search: tsvector().notNull().generatedAlwaysAs(searchVector()),
  },
  (t) => [
    primaryKey({ columns: [t.workspaceId, t.documentId, t.no] }),
    foreignKey({
      name: "document_chunks_document",
      columns: [t.workspaceId, t.documentId],
      foreignColumns: [documents.workspaceId, documents.id],
    }).onDelete("cascade"),
    index("document_chunks_search").using("gin", t.search),
    check("document_chunks_config", sql`${t.config} in (${sql.raw(quoted(allSearchConfigs))})`),
  ],
);

/** Embeddings by the text that they are of: the same text is embedded once, wherever it stands. */
export const textEmbeddings = pgTable(
  "text_embeddings",
  {
    model: text().notNull(),
    textHash: bytea("text_hash").notNull(),
    dimension: integer().notNull(),
    /** Of length one: 32-bit floats, little-endian. */
    vector: bytea().notNull(),
    createdAt: timestamp("created_at", { withTimezone: true }).notNull().defaultNow(),
  },
  (t) => [
    primaryKey({ columns: [t.model, t.textHash] }),
    check("text_embeddings_size", sql`octet_length(${t.vector}) = 4 * ${t.dimension}`),
  ],
);
