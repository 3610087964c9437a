import { z } from "zod";
import { jobId, jsonObject, pageCursor, pageLimit, timestamp } from "./shape";

export const reportId = z
  .string()
  .regex(/^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/, "must be a report id (a lower-case uuid)");

/** A piece of found text, plain; `hit` pieces are what was searched for. */
export const reportFragment = z.object({ text: z.string(), hit: z.boolean() }).meta({ id: "ReportFragment" });

/** A chunk that holds the words, with passages around them, each a row of fragments. */
export const reportHit = z
  .object({
    chunk: z.number().int(),
    file: z.string(),
    page: z.number().int(),
    language: z.string(),
    passages: z.array(z.array(reportFragment)),
  })
  .meta({ id: "ReportHit" });

export const reportTotals = z
  .object({
    files: z.number(),
    pages: z.number(),
    characters: z.number(),
    chunks: z.number(),
    failed_chunks: z.number(),
    words: z.number(),
  })
  .meta({ id: "ReportTotals" });

/** A published report. `hits` are empty unless something is searched for. */
export const reportRow = z
  .object({
    report_id: reportId,
    job_id: jobId,
    title: z.string(),
    decided_by: z.string().nullable().meta({ description: "Who approved it" }),
    comment: z.string().nullable(),
    published_at: timestamp,
    totals: reportTotals,
    hits: z.array(reportHit),
  })
  .meta({ id: "ReportRow" });

/** `summary` has totals, languages, keywords, personal data, readability and files. */
export const reportDetail = reportRow.extend({ summary: jsonObject }).meta({ id: "ReportDetail" });

/** A chunk of a report's text, in order. `analysis` is null where the chunk's branch failed. */
export const reportChunk = z
  .object({
    chunk: z.number().int(),
    file: z.string(),
    page: z.number().int(),
    language: z.string(),
    text: z.string(),
    analysis: jsonObject.nullable(),
  })
  .meta({ id: "ReportChunk" });

const searched = z.string().max(200, "must have at most 200 characters").optional();

/** With `q` the best first, without a cursor; else the newest first. */
export const reportListQuery = z.object({ q: searched, limit: pageLimit(50, 200), cursor: pageCursor });
/** `q` fills `hits`, at most `limit` of them. */
export const reportQuery = z.object({ q: searched, limit: pageLimit(50, 200) });
export const reportChunksQuery = z.object({
  after: z.coerce.number().int().min(-1).max(2_147_483_647).default(-1),
  limit: pageLimit(50, 200),
});

export type ReportFragment = z.infer<typeof reportFragment>;
export type ReportHit = z.infer<typeof reportHit>;
export type ReportRow = z.infer<typeof reportRow>;
export type ReportDetail = z.infer<typeof reportDetail>;
export type ReportChunk = z.infer<typeof reportChunk>;
