import { z } from "zod";
import { jsonObject, pageLimit, timestamp } from "./shape";

/** A published report. `headline` and `rank` only when something is searched; in it, `«` and `»` stand around the hits. */
export const reportRow = z
  .object({
    report_id: z.string(),
    job_id: z.string().nullable(),
    title: z.string(),
    published_at: timestamp,
    files: z.number().int(),
    chunks: z.number().int(),
    languages: z.array(z.string()),
    headline: z.string().nullable(),
    rank: z.number().nullable(),
  })
  .meta({ id: "ReportRow" });

export const reportPassage = z
  .object({
    chunk: z.number().int(),
    file: z.string(),
    page: z.number().int().nullable(),
    language: z.string().nullable(),
    keywords: z.array(z.string()),
    personal_data: z.array(jsonObject),
    readability: z.number().nullable(),
    text: z.string(),
    headline: z.string().nullable(),
    rank: z.number().nullable(),
  })
  .meta({ id: "ReportPassage" });

export const reportDetail = reportRow
  .extend({ summary: jsonObject, passages: z.array(reportPassage) })
  .meta({ id: "ReportDetail" });

export const reportListQuery = z.object({ q: z.string().max(200).optional(), limit: pageLimit(50, 200) });
export const reportQuery = z.object({ q: z.string().max(200).optional(), limit: pageLimit(100, 1000) });

export type ReportRow = z.infer<typeof reportRow>;
export type ReportPassage = z.infer<typeof reportPassage>;
export type ReportDetail = z.infer<typeof reportDetail>;
