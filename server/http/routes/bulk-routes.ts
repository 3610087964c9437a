import { z } from "zod";
import { bulkBody, bulkReport, bulkReportQuery, bulkStarted, selectionAnswer, selectionBody } from "@/lib/api/bulk";
import { jobId } from "@/lib/api/shape";
import { BULK_ACTION } from "@/server/bulk/bulk-action";
import { readBulk } from "@/server/bulk/read-bulk";
import { selectJobs } from "@/server/bulk/select-jobs";
import { startBulk } from "@/server/bulk/start-bulk";
import { actorOf, clientFilterOf } from "@/server/clients/caller";
import { requirePermission } from "../authorise";
import { ok, operation } from "../operation";

const select = operation({
  id: "selectJobs",
  method: "POST",
  path: "/bulk/selections",
  tag: "Jobs",
  summary: "Freeze a set of jobs, to look at before something is done to all of them",
  access: "jobs:operate",
  body: selectionBody,
  answers: { 201: { description: "What was selected", schema: selectionAnswer } },
  async handle({ body, caller, deps }) {
    const { filter, ids } = body;
    const wish = { clientId: clientFilterOf(caller), owner: actorOf(caller), ...(filter ? { filter } : {}) };
    return { status: 201, body: await selectJobs(deps.database, { ...wish, ...(ids ? { ids } : {}) }) };
  },
});

const start = operation({
  id: "startBulk",
  method: "POST",
  path: "/bulk",
  tag: "Jobs",
  summary: "Do one thing to every job of a selection, as a job of its own; the same request again gives the same job",
  access: "jobs:operate",
  body: bulkBody,
  answers: {
    201: { description: "It has begun", schema: bulkStarted },
    409: { description: "The selection has expired, or was used for something else" },
  },
  async handle({ body, caller, deps }) {
    requirePermission(caller, BULK_ACTION[body.action].permission);
    const job_id = await startBulk(deps, { body, asker: actorOf(caller), clientId: clientFilterOf(caller) });
    return { status: 201, body: { job_id }, headers: { location: `/api/v1/bulk/${job_id}` } };
  },
});

const report = operation({
  id: "getBulk",
  method: "GET",
  path: "/bulk/{job_id}",
  tag: "Jobs",
  summary: "How far bulk work is, and what became of each job",
  access: "jobs:read",
  params: z.object({ job_id: jobId }),
  subject: "Bulk operation",
  query: bulkReportQuery,
  answers: { 200: { description: "Counts, canaries and a page of items", schema: bulkReport } },
  async handle({ params, query, caller, deps }) {
    const page = { outcome: query.outcome ?? null, after: Number(query.cursor ?? 0), limit: query.limit };
    return ok(await readBulk(deps.database, params.job_id, clientFilterOf(caller), page));
  },
});

export const bulkRoutes = [select, start, report];
