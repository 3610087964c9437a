import { z } from "zod";
import { type ChunkAnalysis, chunkAnalysisSchema } from "@/server/tasks/document/analysis";
import { branchResults } from "@/server/tasks/document/branch-results";
import { MAX_CHUNKS, MAX_DOCUMENTS } from "@/server/tasks/document/chunk-text";
import { extractedDocumentSchema } from "@/server/tasks/document/document-schema";
import { toLine } from "@/server/tasks/document/json-lines";
import { type ReportSummary, summariseReport } from "@/server/tasks/document/report-summary";
import { parseParams } from "@/server/tasks/parse-params";
import type { TaskFunction } from "@/server/tasks/task-function";

const paramsSchema = z.object({
  title: z.string().trim().min(1).max(200).optional(),
  documents: z.array(z.unknown()).min(1).max(MAX_DOCUMENTS),
  results: z.array(z.unknown()).max(MAX_CHUNKS),
});
const checkedSchema = z.object({
  documents: z.array(extractedDocumentSchema).min(1),
  results: z.array(chunkAnalysisSchema),
});

const MAX_ANALYSIS_BYTES = 256 * 1024 * 1024;

/** What a report needs, checked: for the task below, and for a handler that builds the report without a task. */
export function reportOf(params: Record<string, unknown>): { report: ReportSummary; analyses: ChunkAnalysis[] } {
  const given = parseParams("build_report", paramsSchema, params);
  const { results, failed } = branchResults(given.results);
  const checked = parseParams("build_report", checkedSchema, {
    documents: branchResults(given.documents).results,
    results,
  });
  const report = summariseReport({
    title: given.title,
    documents: checked.documents,
    analyses: checked.results,
    failedChunks: failed,
  });
  return { report, analyses: checked.results };
}

/**
 * Adds the analyses up: `{title?, documents, results}`, where `documents` are results of `extract_text` and `results`
 * of `analyse_chunk`, bare or as `aggregation_list`. Returns `{report, analysis_blob}`: the summary, and a blob with the
 * analyses for `publish_report`, so that they need not travel on through the job.
 */
export const buildReport: TaskFunction = async (params, context) => {
  const { report, analyses } = reportOf(params);
  const stored = await context.files.put(analyses.map(toLine), {
    name: "analysis.jsonl",
    contentType: "application/x-ndjson",
    maxBytes: MAX_ANALYSIS_BYTES,
    key: `${context.idempotencyKey}:analysis`,
    owner: context.jobId,
  });
  return { data: { report, analysis_blob: stored.id } };
};
