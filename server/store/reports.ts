import { randomUUID } from "node:crypto";
import { sql } from "drizzle-orm";
import type { NodePgDatabase } from "drizzle-orm/node-postgres";
import { PLAIN_SEARCH_CONFIG, SEARCH_CONFIGS } from "@/server/store/schema/reports";
import type { ReportChunk, ReportToPublish, ReportWriter } from "@/server/tasks/report-store";

const BATCH_ROWS = 100;
/** Characters of a batch: a statement has ten seconds, and stemming is slow. */
const BATCH_CHARACTERS = 1_000_000;

type Transaction = Parameters<Parameters<NodePgDatabase["transaction"]>[0]>[0];

/** The published reports in Postgres, as tasks write them. */
export function createReportWriter(db: NodePgDatabase): ReportWriter {
  return { publish: (report) => db.transaction((tx) => publish(tx, report)) };
}

async function publish(tx: Transaction, report: ReportToPublish): Promise<{ reportId: string; created: boolean }> {
  const reportId = await insertReport(tx, report);
  if (reportId === null) return { reportId: await existingReport(tx, report.jobId), created: false };
  let batch: ReportChunk[] = [];
  let characters = 0;
  for await (const chunk of report.chunks) {
    batch.push(chunk);
    characters += chunk.text.length;
    if (batch.length < BATCH_ROWS && characters < BATCH_CHARACTERS) continue;
    await insertChunks(tx, reportId, batch);
    batch = [];
    characters = 0;
  }
  await insertChunks(tx, reportId, batch);
  return { reportId, created: true };
}

/** Null when the job has a report already, or when there is no such job. A concurrent publication is waited for (unique job_id). */
async function insertReport(tx: Transaction, report: ReportToPublish): Promise<string | null> {
  const { rows } = await tx.execute<{ id: string }>(sql`
    insert into reports (id, job_id, client_id, title, summary, decided_by, comment)
    select ${randomUUID()}::uuid, j.id, j.client_id, ${storable(report.title)}, ${storableJson(report.summary)}::json,
           ${storable(report.decidedBy)}, ${storable(report.comment)}
    from jobs j where j.id = ${report.jobId}::uuid
    on conflict (job_id) do nothing
    returning id`);
  return rows[0]?.id ?? null;
}

async function existingReport(tx: Transaction, jobId: string): Promise<string> {
  const { rows } = await tx.execute<{ id: string }>(sql`select id from reports where job_id = ${jobId}::uuid`);
  if (!rows[0]) throw new Error(`There is no job ${jobId} to publish a report of.`);
  return rows[0].id;
}

async function insertChunks(tx: Transaction, reportId: string, chunks: ReportChunk[]): Promise<void> {
  if (chunks.length === 0) return;
  const rows = chunks.map((chunk) => ({
    ...chunk,
    config: Object.hasOwn(SEARCH_CONFIGS, chunk.language) ? SEARCH_CONFIGS[chunk.language] : PLAIN_SEARCH_CONFIG,
  }));
  await tx.execute(sql`
    insert into report_chunks (report_id, no, file_name, page, language, config, text, analysis, text_hash)
    select ${reportId}::uuid, x.no, x."fileName", x.page, x.language, x.config, x.text, x.analysis,
      sha256(convert_to(x.text, 'UTF8'))
    from json_to_recordset(${storableJson(rows)}::json)
      as x(no int, "fileName" text, page int, language text, config text, text text, analysis json)`);
}

// Postgres stores no NUL and no half of a surrogate pair; the rest of the control characters would break highlights,
// which are marked with two of them.
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is being removed
const UNSTORABLE = /[\u0000-\u0008\u000b-\u001f\p{Cs}]/gu;

export function storable<T extends string | null>(text: T): T {
  return (text === null ? null : text.replace(UNSTORABLE, " ")) as T;
}

export function storableJson(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) => (typeof inner === "string" ? storable(inner) : inner));
}
