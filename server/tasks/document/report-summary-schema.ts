import { z } from "zod";
import { personalDataKinds } from "@/server/tasks/document/personal-data";
import { readabilityLevels } from "@/server/tasks/document/readability";
import type { ReportSummary } from "@/server/tasks/document/report-summary";

const count = z.int().min(0);

/** The summary as it comes back from the job's history, where a person or a step may have touched it. */
export const reportSummarySchema: z.ZodType<ReportSummary> = z.object({
  title: z.string(),
  totals: z.object({
    files: count,
    pages: count,
    characters: count,
    chunks: count,
    failed_chunks: count,
    words: count,
  }),
  languages: z.array(z.object({ language: z.string(), chunks: count, words: count, share: z.number() })),
  keywords: z.array(z.object({ term: z.string(), score: z.number(), chunks: count })),
  personal_data: z.object({
    total: count,
    by_kind: z.record(z.enum(personalDataKinds), count),
    places: z.array(
      z.object({
        kind: z.enum(personalDataKinds),
        masked: z.string(),
        file: z.string(),
        name: z.string(),
        page: count,
        chunk: count,
      }),
    ),
  }),
  readability: z.object({
    average: z.number().nullable(),
    measured_chunks: count,
    levels: z.record(z.enum(readabilityLevels), count),
  }),
  files: z.array(
    z.object({
      file: z.string(),
      name: z.string(),
      title: z.string().nullable(),
      type: z.string(),
      pages: count,
      characters: count,
      chunks: count,
      words: count,
      language: z.string(),
      readability: z.number().nullable(),
      personal_data: count,
    }),
  ),
});
