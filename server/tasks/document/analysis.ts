import { z } from "zod";
import { findKeywords } from "@/server/tasks/document/keywords";
import { detectLanguage } from "@/server/tasks/document/language";
import { findPersonalData, personalDataKinds } from "@/server/tasks/document/personal-data";
import { measureReadability, readabilityLevels } from "@/server/tasks/document/readability";
import { wordsOf } from "@/server/tasks/document/words";

/** What is found in one chunk; the shape on the wire, in the report and in the database. */
export const chunkAnalysisSchema = z.object({
  no: z.int().min(0),
  file: z.string(),
  page: z.int().min(1),
  language: z.string().max(8),
  language_confidence: z.number().min(0).max(1),
  keywords: z.array(z.object({ term: z.string(), score: z.number() })),
  personal_data: z.array(z.object({ kind: z.enum(personalDataKinds), masked: z.string(), offset: z.int().min(0) })),
  readability: z.object({
    formula: z.enum(["flesch", "fernandez_huerta", "none"]),
    score: z.number().nullable(),
    level: z.enum(readabilityLevels).nullable(),
    sentences: z.int().min(0),
    words_per_sentence: z.number().min(0),
  }),
  words: z.int().min(0),
});

export type ChunkAnalysis = z.infer<typeof chunkAnalysisSchema>;

/** Findings listed per chunk; a page that is a table of addresses would else make a result of megabytes. */
const MAX_FINDINGS = 200;

export function analyseText(chunk: { no: number; file: string; page: number; text: string }): ChunkAnalysis {
  const { language, confidence } = detectLanguage(chunk.text);
  return {
    no: chunk.no,
    file: chunk.file,
    page: chunk.page,
    language,
    language_confidence: confidence,
    keywords: findKeywords(chunk.text, language),
    personal_data: findPersonalData(chunk.text).slice(0, MAX_FINDINGS),
    readability: measureReadability(chunk.text, language),
    words: wordsOf(chunk.text).length,
  };
}
