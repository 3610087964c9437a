import { z } from "zod";
import { jobGraph } from "@/lib/api/blueprint";
import { explainAnswer } from "@/lib/api/explain";
import { historyItem, historyQuery } from "@/lib/api/history";
import { childrenQuery, jobRow, jobTask, jobTasksQuery } from "@/lib/api/job";
import { jobAnswer, jobListItem, jobPageQuery } from "@/lib/api/job-answer";
import { jobId, NEXT_CURSOR_HEADER } from "@/lib/api/shape";
import { clientFilterOf } from "@/server/clients/caller";
import { invalidRequest, notFound } from "@/server/errors";
import { explainJob } from "@/server/jobs/explain/explain-job";
import { foldJob } from "@/server/jobs/fold-job";
import { jobCanOf } from "@/server/jobs/job-can";
import { readHistory } from "@/server/store/reads/history";
import { type JobDetailMore, readJobAndMore, readOpenTasks } from "@/server/store/reads/job-detail";
import { readJobRows, statusesOf } from "@/server/store/reads/job-rows";
import { historyItemOf, snapshotsAfter } from "../history-answer";
import type { HttpDeps } from "../http-deps";
import { detailsOf, jobAnswerOf, listItemOf, withFields } from "../job-answer";
import { ok, operation } from "../operation";
import { visibleJob } from "./visible-job";

const jobParams = z.object({ job_id: jobId });
const fieldsQuery = z.object({ fields: z.string().max(500).optional() });

const PAGE_FAULT = "Invalid limit/offset parameter";
const MOST_TASKS = 1_000;

const listJobs = operation({
  id: "listJobs",
  method: "GET",
  path: "/jobs",
  tag: "Jobs",
  summary: "Jobs, newest first; `label.<key>=<value>` filters by label",
  access: "jobs:read",
  query: jobPageQuery,
  faultTexts: { limit: PAGE_FAULT, offset: PAGE_FAULT },
  answers: { 200: { description: "A page of jobs", schema: z.array(jobListItem), headers: [NEXT_CURSOR_HEADER] } },
  async handle({ query, url, caller, deps }) {
    refuseOtherCursors(query.cursor);
    const { rows, next } = await readJobRows(
      deps.database.pool,
      {
        clientId: clientFilterOf(caller),
        ...(query.status && query.status.length > 0 ? { statuses: statusesOf(query.status) } : {}),
        ...(query.blueprint ? { blueprint: query.blueprint } : {}),
        labels: labelsOf(url),
        ...(query.from ? { from: new Date(query.from) } : {}),
        ...(query.to ? { to: new Date(query.to) } : {}),
        ...(query.q ? { text: query.q } : {}),
        ...(query.parent ? { parentId: query.parent } : {}),
        ...(query.cursor ? { cursor: query.cursor } : {}),
      },
      query.limit,
      query.offset,
    );
    return ok(
      rows.map((row) => listItemOf(row, caller)),
      next ? { [NEXT_CURSOR_HEADER]: next } : {},
    );
  },
});

function labelsOf(url: URL): Record<string, string> {
  const labels: Record<string, string> = {};
  for (const [name, value] of url.searchParams) {
    if (!name.startsWith("label.")) continue;
    const key = name.slice("label.".length);
    if (key === "" || key.length > 128 || value.length > 256)
      throw invalidRequest(name.slice(0, 140), "must be label.<key>=<value>");
    labels[key] = value;
  }
  return labels;
}

const getJob = operation({
  id: "getJob",
  method: "GET",
  path: "/jobs/{job_id}",
  tag: "Jobs",
  summary: "One job; `fields` names the members that are wanted",
  access: "jobs:read",
  params: jobParams,
  subject: "Job",
  query: fieldsQuery,
  answers: { 200: { description: "The job", schema: jobAnswer } },
  async handle({ params, query, caller, deps }) {
    const found = await readJobAndMore(deps.database.pool, params.job_id, clientFilterOf(caller));
    if (!found) throw notFound("Job");
    const can = jobCanOf(found.detail.status, caller.permissions);
    const details = deps.config.detailedAnswers ? await detailsHere(deps, found) : {};
    return ok(withFields({ ...jobAnswerOf(found, can, caller), ...details }, query.fields));
  },
});

/** The job with all that its events say; it costs a read of them all, so only where somebody set it. */
async function detailsHere(
  deps: HttpDeps,
  found: { detail: { job_id: string; blueprint_id: number }; more: JobDetailMore },
) {
  const { job_id, blueprint_id } = found.detail;
  const blueprint = await deps.catalogue.byId(blueprint_id);
  if (!blueprint) throw notFound("Blueprint");
  const [job, tasks] = await Promise.all([
    foldJob(deps.database, job_id, blueprint),
    readOpenTasks(deps.database.pool, job_id, MOST_TASKS),
  ]);
  return detailsOf(job, tasks, found.more);
}

const getChildren = operation({
  id: "getJobChildren",
  method: "GET",
  path: "/jobs/{job_id}/children",
  tag: "Jobs",
  summary: "Jobs that a job started as its children, newest first",
  access: "jobs:read",
  params: jobParams,
  subject: "Job",
  query: childrenQuery,
  answers: { 200: { description: "A page of jobs", schema: z.array(jobRow), headers: [NEXT_CURSOR_HEADER] } },
  async handle({ params, query, caller, deps }) {
    await visibleJob(deps, caller, params.job_id);
    refuseOtherCursors(query.cursor);
    const filter = { clientId: clientFilterOf(caller), parentId: params.job_id };
    const { rows, next } = await readJobRows(
      deps.database.pool,
      query.cursor ? { ...filter, cursor: query.cursor } : filter,
      query.limit,
    );
    return ok(rows, next ? { [NEXT_CURSOR_HEADER]: next } : {});
  },
});

function refuseOtherCursors(cursor: string | undefined): void {
  if (cursor !== undefined && !jobId.safeParse(cursor).success)
    throw invalidRequest("cursor", "is not a cursor of this list");
}

const explain = operation({
  id: "explainJob",
  method: "GET",
  path: "/jobs/{job_id}/explain",
  tag: "Jobs",
  summary: "Why a job and each of its open steps waits, since when, and what would end it",
  access: "jobs:read",
  params: jobParams,
  subject: "Job",
  answers: { 200: { description: "As sentences and as data", schema: explainAnswer } },
  async handle({ params, caller, deps }) {
    const answer = await explainJob(deps, params.job_id, clientFilterOf(caller));
    if (!answer) throw notFound("Job");
    return ok(answer);
  },
});

const getHistory = operation({
  id: "getJobHistory",
  method: "GET",
  path: "/jobs/{job_id}/history",
  tag: "Jobs",
  summary: "What happened to a job, oldest first",
  access: "jobs:read",
  params: jobParams,
  subject: "Job",
  query: historyQuery,
  answers: { 200: { description: "Events after `after_seq`", schema: z.array(historyItem) } },
  async handle({ params: { job_id }, query, caller, deps }) {
    const { blueprintId } = await visibleJob(deps, caller, job_id);
    const events = await readHistory(deps.database.pool, job_id, query.after_seq, query.limit);
    const blueprint = caller.kind === "client" ? await deps.catalogue.byId(blueprintId) : null;
    const snapshots = blueprint ? await snapshotsAfter(deps.database, job_id, blueprint, events) : new Map();
    return ok(events.map((event) => historyItemOf(job_id, event, snapshots.get(event.seq))));
  },
});

const getTasks = operation({
  id: "getJobTasks",
  method: "GET",
  path: "/jobs/{job_id}/tasks",
  tag: "Jobs",
  summary: "A job's open tasks with their progress",
  access: "jobs:read",
  params: jobParams,
  subject: "Job",
  query: jobTasksQuery,
  answers: { 200: { description: "Open tasks, in the order of their numbers", schema: z.array(jobTask) } },
  async handle({ params, query, caller, deps }) {
    await visibleJob(deps, caller, params.job_id);
    return ok(await readOpenTasks(deps.database.pool, params.job_id, query.limit));
  },
});

const getJobGraph = operation({
  id: "getJobGraph",
  method: "GET",
  path: "/jobs/{job_id}/graph",
  tag: "Jobs",
  summary: "The blueprint version that a job is pinned to, drawn",
  access: "jobs:read",
  params: jobParams,
  subject: "Job",
  answers: { 200: { description: "Document and layout", schema: jobGraph } },
  async handle({ params, caller, deps }) {
    const owner = await visibleJob(deps, caller, params.job_id);
    const blueprint = await deps.catalogue.byId(owner.blueprintId);
    if (!blueprint) throw notFound("Blueprint");
    return ok({ job_id: params.job_id, document: blueprint.document, graph: await deps.catalogue.graph(blueprint) });
  },
});

export const jobRoutes = [listJobs, getJob, getChildren, explain, getHistory, getTasks, getJobGraph];
