import type { Embedder } from "@/server/documents/embedder";
import type { Log } from "@/server/log";
import type { Database } from "@/server/store/database";
import { searchReportsByMeaning } from "@/server/store/reads/report-vectors";
import { type ReportOwner, type SearchHit, searchReports } from "@/server/store/reads/reports";

export interface FindParts {
  database: Database;
  /** Null: none is configured. */
  embedder: Embedder | null;
  log: Log;
}

export interface Question {
  owner: ReportOwner;
  query: string;
  reportId?: string | undefined;
  limit: number;
}

/**
 * Chunks that answer what was typed into a search box, best first, and how they were found: by meaning where an endpoint of
 * embeddings is configured, answers, and knows of something near; else by the words.
 */
export async function findInReports(
  { database, embedder, log }: FindParts,
  question: Question,
): Promise<{ by: "meaning" | "words"; hits: SearchHit[] }> {
  const vector = embedder && (await vectorOf(embedder, question.query, log));
  if (embedder && vector) {
    const hits = await searchReportsByMeaning(database.pool, { ...question, model: embedder.model, vector });
    if (hits.length > 0) return { by: "meaning", hits };
  }
  return { by: "words", hits: await searchReports(database.db, question) };
}

async function vectorOf(embedder: Embedder, query: string, log: Log): Promise<Float32Array | null> {
  try {
    return (await embedder.embed([query]))[0] ?? null;
  } catch (error) {
    log.warn("reports are searched by their words, because the embeddings endpoint gave nothing", { error });
    return null;
  }
}
