import type { ChunkAnalysis } from "@/server/tasks/document/analysis";
import type { ExtractedDocumentData } from "@/server/tasks/document/document-schema";
import { type PersonalDataKind, personalDataKinds } from "@/server/tasks/document/personal-data";
import { type ReadabilityLevel, readabilityLevels } from "@/server/tasks/document/readability";

const MAX_KEYWORDS = 20;
/** Places listed in the summary; the counts cover all. */
const MAX_LISTED_FINDINGS = 200;

export interface LanguageShare {
  language: string;
  chunks: number;
  words: number;
  /** 0…1, of all words. */
  share: number;
}

export interface FileSummary {
  file: string;
  name: string;
  title: string | null;
  type: string;
  pages: number;
  characters: number;
  chunks: number;
  words: number;
  /** The one with most words. */
  language: string;
  /** Mean of the chunks that have a score, weighted by words. */
  readability: number | null;
  personal_data: number;
}

export interface PersonalDataPlace {
  kind: PersonalDataKind;
  masked: string;
  file: string;
  name: string;
  page: number;
  chunk: number;
}

/** What the approver sees and the report page shows. */
export interface ReportSummary {
  title: string;
  totals: { files: number; pages: number; characters: number; chunks: number; failed_chunks: number; words: number };
  languages: LanguageShare[];
  keywords: { term: string; score: number; chunks: number }[];
  personal_data: { total: number; by_kind: Record<PersonalDataKind, number>; places: PersonalDataPlace[] };
  readability: { average: number | null; measured_chunks: number; levels: Record<ReadabilityLevel, number> };
  files: FileSummary[];
}

export interface ReportInput {
  title?: string | undefined;
  documents: readonly ExtractedDocumentData[];
  /** In any order. */
  analyses: readonly ChunkAnalysis[];
  failedChunks?: number;
}

/** Adds the analyses of all chunks up. Pure: the same input gives the same report. */
export function summariseReport({ title, documents, analyses, failedChunks = 0 }: ReportInput): ReportSummary {
  const chunks = [...analyses].sort((a, b) => a.no - b.no);
  const files = documents.map((document) =>
    summariseFile(
      document,
      chunks.filter((chunk) => chunk.file === document.file),
    ),
  );
  const sumOf = (read: (file: FileSummary) => number) => files.reduce((sum, file) => sum + read(file), 0);
  return {
    title: title ?? titleOf(documents),
    totals: {
      files: files.length,
      pages: sumOf((file) => file.pages),
      characters: sumOf((file) => file.characters),
      chunks: chunks.length,
      failed_chunks: failedChunks,
      words: chunks.reduce((sum, chunk) => sum + chunk.words, 0),
    },
    languages: languageShares(chunks),
    keywords: topKeywords(chunks),
    personal_data: personalData(chunks, new Map(documents.map(({ file, name }) => [file, name]))),
    readability: readability(chunks),
    files,
  };
}

function titleOf(documents: readonly ExtractedDocumentData[]): string {
  const first = documents[0];
  if (!first) return "Empty report";
  const name = first.title ?? first.name;
  return documents.length === 1 ? name : `${name} and ${documents.length - 1} more`;
}

function summariseFile(document: ExtractedDocumentData, chunks: ChunkAnalysis[]): FileSummary {
  return {
    file: document.file,
    name: document.name,
    title: document.title ?? null,
    type: document.type,
    pages: document.pages,
    characters: document.characters,
    chunks: chunks.length,
    words: chunks.reduce((sum, chunk) => sum + chunk.words, 0),
    language: languageShares(chunks)[0]?.language ?? "und",
    readability: meanScore(chunks),
    personal_data: chunks.reduce((sum, chunk) => sum + chunk.personal_data.length, 0),
  };
}

function languageShares(chunks: ChunkAnalysis[]): LanguageShare[] {
  const shares = new Map<string, LanguageShare>();
  const total = chunks.reduce((sum, chunk) => sum + chunk.words, 0);
  for (const { language, words } of chunks) {
    const share = shares.get(language) ?? { language, chunks: 0, words: 0, share: 0 };
    share.chunks += 1;
    share.words += words;
    shares.set(language, share);
  }
  const sorted = [...shares.values()].sort((a, b) => b.words - a.words || a.language.localeCompare(b.language));
  return sorted.map((share) => ({
    ...share,
    share: total === 0 ? 0 : Math.round((share.words / total) * 1000) / 1000,
  }));
}

/** Terms by the sum of their scores, so that one that returns in many chunks outranks one that fills a single one. */
function topKeywords(chunks: ChunkAnalysis[]): ReportSummary["keywords"] {
  const terms = new Map<string, { term: string; score: number; chunks: number }>();
  for (const { keywords } of chunks) {
    for (const { term, score } of keywords) {
      const sum = terms.get(term) ?? { term, score: 0, chunks: 0 };
      sum.score += score;
      sum.chunks += 1;
      terms.set(term, sum);
    }
  }
  const sorted = [...terms.values()].sort((a, b) => b.score - a.score || a.term.localeCompare(b.term));
  return sorted.slice(0, MAX_KEYWORDS).map((entry) => ({ ...entry, score: Math.round(entry.score * 100) / 100 }));
}

function personalData(chunks: ChunkAnalysis[], names: Map<string, string>): ReportSummary["personal_data"] {
  const byKind = Object.fromEntries(personalDataKinds.map((kind) => [kind, 0])) as Record<PersonalDataKind, number>;
  const places: PersonalDataPlace[] = [];
  for (const chunk of chunks) {
    for (const { kind, masked } of chunk.personal_data) {
      byKind[kind] += 1;
      if (places.length >= MAX_LISTED_FINDINGS) continue;
      places.push({
        kind,
        masked,
        file: chunk.file,
        name: names.get(chunk.file) ?? chunk.file,
        page: chunk.page,
        chunk: chunk.no,
      });
    }
  }
  return { total: Object.values(byKind).reduce((sum, count) => sum + count, 0), by_kind: byKind, places };
}

function readability(chunks: ChunkAnalysis[]): ReportSummary["readability"] {
  const levels = Object.fromEntries(readabilityLevels.map((level) => [level, 0])) as Record<ReadabilityLevel, number>;
  let measured = 0;
  for (const { readability: found } of chunks) {
    if (found.level === null) continue;
    levels[found.level] += 1;
    measured += 1;
  }
  return { average: meanScore(chunks), measured_chunks: measured, levels };
}

function meanScore(chunks: ChunkAnalysis[]): number | null {
  let sum = 0;
  let words = 0;
  for (const chunk of chunks) {
    if (chunk.readability.score === null) continue;
    sum += chunk.readability.score * chunk.words;
    words += chunk.words;
  }
  return words === 0 ? null : Math.round((sum / words) * 10) / 10;
}
