import { z } from "zod";
import {
  type ReportHit,
  type ReportRow,
  reportChunk,
  reportChunksQuery,
  reportDetail,
  reportId,
  reportListQuery,
  reportQuery,
  reportRow,
} from "@/lib/api/report";
import { NEXT_CURSOR_HEADER } from "@/lib/api/shape";
import { clientFilterOf } from "@/server/clients/caller";
import { invalidRequest, notFound } from "@/server/errors";
import { findInReports } from "@/server/reports/find-in-reports";
import { readReportHeads } from "@/server/store/reads/report-heads";
import {
  listReports,
  type ReportListItem,
  readReport,
  readReportChunks,
  type SearchHit,
} from "@/server/store/reads/reports";
import type { HttpDeps } from "../http-deps";
import { ok, operation } from "../operation";

const reportParams = z.object({ report_id: reportId });
/** How the hits were found: by `meaning`, or by the `words`. */
const SEARCHED_HEADER = "X-Searched-By";
const MOST_HITS = 200;
const HITS_PER_ROW = 3;

const list = operation({
  id: "listReports",
  method: "GET",
  path: "/reports",
  tag: "Reports",
  summary: "Published reports, newest first; with `q` those that hold the words, best first",
  access: "reports:read",
  query: reportListQuery,
  answers: {
    200: {
      description: "A page of reports",
      schema: z.array(reportRow),
      headers: [NEXT_CURSOR_HEADER, SEARCHED_HEADER],
    },
  },
  async handle({ query, caller, deps }) {
    const owner = clientFilterOf(caller);
    if (query.q?.trim()) {
      const { by, hits } = await findInReports(deps, { owner, query: query.q, limit: MOST_HITS });
      return ok(await rowsOf(deps, hits, query.limit), { [SEARCHED_HEADER]: by });
    }
    if (query.cursor !== undefined && !reportId.safeParse(query.cursor).success)
      throw invalidRequest("cursor", "is not a cursor of this list");
    const rows = await listReports(deps.database.db, { owner, before: query.cursor, limit: query.limit });
    const last = rows.length === query.limit ? rows.at(-1)?.id : undefined;
    return ok(
      rows.map((row) => rowOf(row, [])),
      last ? { [NEXT_CURSOR_HEADER]: last } : {},
    );
  },
});

/** Reports in the order of their best hit, each with its first few. */
async function rowsOf(deps: HttpDeps, hits: readonly SearchHit[], limit: number): Promise<ReportRow[]> {
  const byReport = grouped(hits);
  const ids = [...byReport.keys()].slice(0, limit);
  const heads = await readReportHeads(deps.database.pool, ids);
  return ids.flatMap((id) => {
    const head = heads.get(id);
    return head ? [rowOf(head, (byReport.get(id) ?? []).slice(0, HITS_PER_ROW))] : [];
  });
}

function grouped(hits: readonly SearchHit[]): Map<string, SearchHit[]> {
  const groups = new Map<string, SearchHit[]>();
  for (const hit of hits) {
    const group = groups.get(hit.reportId);
    if (group) group.push(hit);
    else groups.set(hit.reportId, [hit]);
  }
  return groups;
}

function rowOf(report: ReportListItem, hits: readonly SearchHit[]): ReportRow {
  return {
    report_id: report.id,
    job_id: report.jobId,
    title: report.title,
    decided_by: report.decidedBy,
    comment: report.comment,
    published_at: report.createdAt.toISOString(),
    totals: report.totals,
    hits: hits.map(hitOf),
  };
}

function hitOf({ no, fileName, page, language, passages }: SearchHit): ReportHit {
  return { chunk: no, file: fileName, page, language, passages };
}

const get = operation({
  id: "getReport",
  method: "GET",
  path: "/reports/{report_id}",
  tag: "Reports",
  summary: "One report's summary; with `q` also the chunks that hold the words",
  access: "reports:read",
  params: reportParams,
  subject: "Report",
  query: reportQuery,
  answers: { 200: { description: "The report", schema: reportDetail, headers: [SEARCHED_HEADER] } },
  async handle({ params, query, caller, deps }) {
    const owner = clientFilterOf(caller);
    const report = await readReport(deps.database.db, params.report_id, owner);
    if (!report) throw notFound("Report");
    const q = query.q?.trim();
    const found = q ? await findInReports(deps, { owner, query: q, reportId: report.id, limit: query.limit }) : null;
    const row = rowOf({ ...report, totals: report.summary.totals }, found?.hits ?? []);
    return ok({ ...row, summary: report.summary }, found ? { [SEARCHED_HEADER]: found.by } : {});
  },
});

const chunks = operation({
  id: "getReportChunks",
  method: "GET",
  path: "/reports/{report_id}/chunks",
  tag: "Reports",
  summary: "A report's text in order, from the chunk after `after`",
  access: "reports:read",
  params: reportParams,
  subject: "Report",
  query: reportChunksQuery,
  answers: { 200: { description: "Chunks", schema: z.array(reportChunk), headers: [NEXT_CURSOR_HEADER] } },
  async handle({ params, query, caller, deps }) {
    const { db } = deps.database;
    if (!(await readReport(db, params.report_id, clientFilterOf(caller)))) throw notFound("Report");
    const rows = await readReportChunks(db, { reportId: params.report_id, afterNo: query.after, limit: query.limit });
    const last = rows.length === query.limit ? rows.at(-1) : undefined;
    return ok(
      rows.map(({ no, fileName, page, language, text, analysis }) => ({
        chunk: no,
        file: fileName,
        page,
        language,
        text,
        analysis,
      })),
      last ? { [NEXT_CURSOR_HEADER]: String(last.no) } : {},
    );
  },
});

export const reportRoutes = [list, get, chunks];
