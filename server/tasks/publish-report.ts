import { z } from "zod";
import { chunkLineSchema } from "@/server/tasks/analyse-chunk";
import { type ChunkAnalysis, chunkAnalysisSchema } from "@/server/tasks/document/analysis";
import { branchResults } from "@/server/tasks/document/branch-results";
import { readLines } from "@/server/tasks/document/json-lines";
import { openFile } from "@/server/tasks/document/open-file";
import { reportSummarySchema } from "@/server/tasks/document/report-summary-schema";
import { parseParams } from "@/server/tasks/parse-params";
import type { ReportChunk } from "@/server/tasks/report-store";
import { type TaskContext, TaskError, type TaskFunction } from "@/server/tasks/task-function";

const paramsSchema = z
  .object({
    report: reportSummarySchema,
    chunks_blob: z.string().min(1),
    analysis_blob: z.string().min(1).optional(),
    results: z.array(z.unknown()).optional(),
    title: z.string().trim().min(1).max(200).nullish(),
    decided_by: z.string().max(320).nullish(),
    comment: z.string().max(10_000).nullish(),
  })
  .refine((params) => params.analysis_blob !== undefined || params.results !== undefined, {
    path: ["analysis_blob"],
    message: "give analysis_blob (from build_report) or results (from analyse_chunk)",
  });

type Params = z.infer<typeof paramsSchema>;

/**
 * Writes the report and its chunks into the database, searchable by their words, once per job. Params:
 * `{report, chunks_blob, analysis_blob | results, title?, decided_by?, comment?}`. Returns `{report_id, url}`; the url is a
 * path of this site. The report's id is the workspace in which `process_document` makes its documents searchable by meaning.
 */
export const publishReport: TaskFunction = async (params, context) => {
  const checked = parseParams("publish_report", paramsSchema, params);
  const analyses = await analysesOf(checked, context);
  const { reportId } = await context.stores.reports.publish({
    jobId: context.jobId,
    title: checked.title ?? checked.report.title,
    summary: checked.report,
    decidedBy: checked.decided_by ?? null,
    comment: checked.comment ?? null,
    chunks: reportChunks(checked, analyses, context),
  });
  return { data: { report_id: reportId, url: `/reports/${reportId}` } };
};

async function analysesOf(params: Params, context: TaskContext): Promise<Map<number, ChunkAnalysis>> {
  const analyses = new Map<number, ChunkAnalysis>();
  if (params.analysis_blob !== undefined) {
    const source = await openFile(context.files, params.analysis_blob, "analysis_blob");
    for await (const analysis of readLines(source, chunkAnalysisSchema)) analyses.set(analysis.no, analysis);
    return analyses;
  }
  const { results } = branchResults(params.results ?? []);
  const checked = parseParams("publish_report", z.object({ results: z.array(chunkAnalysisSchema) }), { results });
  for (const analysis of checked.results) analyses.set(analysis.no, analysis);
  return analyses;
}

async function* reportChunks(
  params: Params,
  analyses: Map<number, ChunkAnalysis>,
  context: TaskContext,
): AsyncGenerator<ReportChunk> {
  const names = new Map(params.report.files.map(({ file, name }) => [file, name]));
  const total = Math.max(1, analyses.size);
  const source = await openFile(context.files, params.chunks_blob, "chunks_blob");
  for await (const { no, file, page, text } of readLines(source, chunkLineSchema)) {
    context.signal.throwIfAborted();
    const fileName = names.get(file);
    if (fileName === undefined) throw new TaskError("INVALID_INPUT_ERROR", "chunks_blob: belongs to another report.");
    const analysis = analyses.get(no) ?? null;
    yield { no, fileName, page, text, language: analysis?.language ?? "und", analysis };
    context.progress(Math.min(1, (no + 1) / total));
  }
}
