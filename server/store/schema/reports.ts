import { type SQL, sql } from "drizzle-orm";
import {
  check,
  customType,
  foreignKey,
  index,
  integer,
  json,
  pgTable,
  primaryKey,
  text,
  timestamp,
  uuid,
} from "drizzle-orm/pg-core";
import type { ChunkAnalysis } from "@/server/tasks/document/analysis";
import type { ReportSummary } from "@/server/tasks/document/report-summary";
import { clients } from "./clients";

export const tsvector = customType<{ data: string }>({ dataType: () => "tsvector" });

/**
 * The stemmers of the full-text index by language; each is part of every Postgres. Text in another language is indexed
 * word for word, with `simple`.
 */
export const SEARCH_CONFIGS: Record<string, string> = {
  en: "english",
  es: "spanish",
  fr: "french",
  de: "german",
  pt: "portuguese",
  it: "italian",
};
export const PLAIN_SEARCH_CONFIG = "simple";
export const allSearchConfigs = [...Object.values(SEARCH_CONFIGS), PLAIN_SEARCH_CONFIG];

/** Reports that people approved, one for each job; they outlive it. */
export const reports = pgTable(
  "reports",
  {
    id: uuid().primaryKey(),
    jobId: uuid("job_id").notNull().unique(),
    clientId: integer("client_id")
      .notNull()
      .references(() => clients.id),
    title: text().notNull(),
    summary: json().$type<ReportSummary>().notNull(),
    decidedBy: text("decided_by"),
    comment: text(),
    createdAt: timestamp("created_at", { withTimezone: true }).notNull().defaultNow(),
  },
  (t) => [index("reports_by_client").on(t.clientId, t.createdAt.desc().nullsFirst(), t.id.desc().nullsFirst())],
);

/** The text of a report, searchable. `config` is a name and no regconfig, which pg_upgrade would refuse in a table. */
export const reportChunks = pgTable(
  "report_chunks",
  {
    reportId: uuid("report_id").notNull(),
    no: integer().notNull(),
    fileName: text("file_name").notNull(),
    page: integer().notNull(),
    language: text().notNull(),
    config: text().notNull(),
    text: text().notNull(),
    analysis: json().$type<ChunkAnalysis>(),
    /** SHA-256 of the text in UTF-8, which its embedding is found by; null in reports of old. */
    textHash: customType<{ data: Buffer }>({ dataType: () => "bytea" })("text_hash"),
    search: tsvector().notNull().generatedAlwaysAs(searchVector()),
  },
  (t) => [
    primaryKey({ columns: [t.reportId, t.no] }),
    foreignKey({ columns: [t.reportId], foreignColumns: [reports.id] }).onDelete("cascade"),
    index("report_chunks_search").using("gin", t.search),
    check("report_chunks_config", sql`${t.config} in (${sql.raw(quoted(allSearchConfigs))})`),
  ],
);

/** Written out for each stemmer: only with a constant one is the expression immutable, as a generated column must be. */
export function searchVector(): SQL {
  const cases = Object.values(SEARCH_CONFIGS).map((config) => `when '${config}' then to_tsvector('${config}', text)`);
  return sql.raw(`case config ${cases.join(" ")} else to_tsvector('${PLAIN_SEARCH_CONFIG}', text) end`);
}

export function quoted(words: string[]): string {
  return words.map((word) => `'${word}'`).join(", ");
}
