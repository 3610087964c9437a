import { z } from "zod";
import { jobGraph } from "@/lib/api/blueprint";
import { explainAnswer } from "@/lib/api/explain";
import { historyEvent, historyQuery } from "@/lib/api/history";
import type { JobDetail } from "@/lib/api/job";
import { childrenQuery, jobDetail, jobListQuery, jobRow, jobTask, jobTasksQuery } from "@/lib/api/job";
import { jobId, NEXT_CURSOR_HEADER } from "@/lib/api/shape";
import { clientFilterOf } from "@/server/clients/caller";
import { invalidRequest, notFound } from "@/server/errors";
import { explainJob } from "@/server/jobs/explain/explain-job";
import { jobCanOf } from "@/server/jobs/job-can";
import { readHistory } from "@/server/store/reads/history";
import { readJobDetail, readOpenTasks } from "@/server/store/reads/job-detail";
import { readJobRows, statusesOf } from "@/server/store/reads/job-rows";
import { ok, operation } from "../operation";
import { visibleJob } from "./visible-job";

const jobParams = z.object({ job_id: jobId });
const fieldsQuery = z.object({ fields: z.string().max(500).optional() });

const listJobs = operation({
  id: "listJobs",
  method: "GET",
  path: "/jobs",
  tag: "Jobs",
  summary: "Jobs, newest first; `label.<key>=<value>` filters by label",
  access: "jobs:read",
  query: jobListQuery,
  answers: { 200: { description: "A page of jobs", schema: z.array(jobRow), headers: [NEXT_CURSOR_HEADER] } },
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
    );
    return ok(rows, next ? { [NEXT_CURSOR_HEADER]: next } : {});
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
  answers: { 200: { description: "The job", schema: jobDetail } },
  async handle({ params, query, caller, deps }) {
    const found = await readJobDetail(deps.database.pool, params.job_id, clientFilterOf(caller));
    if (!found) throw notFound("Job");
    const can = jobCanOf(found.status, caller.permissions);
    return ok(withFields({ ...found, can }, query.fields));
  },
});

/** `id` and `job_id` are always there, as in the reference; unknown names are ignored. */
function withFields(job: JobDetail, fields: string | undefined): Partial<JobDetail> {
  if (fields === undefined) return job;
  const wanted = new Set(["id", "job_id", ...fields.split(",").map((word) => word.trim())]);
  return Object.fromEntries(Object.entries(job).filter(([name]) => wanted.has(name)));
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
  answers: { 200: { description: "Events after `after_seq`", schema: z.array(historyEvent) } },
  async handle({ params, query, caller, deps }) {
    await visibleJob(deps, caller, params.job_id);
    return ok(await readHistory(deps.database.pool, params.job_id, query.after_seq, query.limit));
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
