import { z } from "zod";
import { jobRow } from "@/lib/api/job";
import { jobListItem, jobPageQuery } from "@/lib/api/job-answer";
import { clusterJobsQuery, clusterParams, clusterQuery, quarantineCluster } from "@/lib/api/quarantine";
import { jobId, NEXT_CURSOR_HEADER } from "@/lib/api/shape";
import { clientFilterOf } from "@/server/clients/caller";
import { invalidRequest } from "@/server/errors";
import { readJobRows, statusesOf } from "@/server/store/reads/job-rows";
import { readClusterJobs, readClusters } from "@/server/store/reads/quarantine-clusters";
import { listItemOf } from "../job-answer";
import { ok, operation } from "../operation";

const clusters = operation({
  id: "listClusters",
  method: "GET",
  path: "/quarantine/clusters",
  tag: "Jobs",
  summary: "Quarantined jobs by what put them there, the largest clusters first",
  access: "jobs:read",
  query: clusterQuery,
  answers: { 200: { description: "Clusters of the jobs that the caller may see", schema: z.array(quarantineCluster) } },
  async handle({ query, caller, deps }) {
    return ok(await readClusters(deps.database.pool, clientFilterOf(caller), query.blueprint ?? null, query.limit));
  },
});

const clusterJobs = operation({
  id: "listClusterJobs",
  method: "GET",
  path: "/quarantine/clusters/{fingerprint}/jobs",
  tag: "Jobs",
  summary: "The jobs of a cluster, newest first; none when all have left the quarantine",
  access: "jobs:read",
  params: clusterParams,
  subject: "Cluster",
  query: clusterJobsQuery,
  answers: { 200: { description: "A page of jobs", schema: z.array(jobRow), headers: [NEXT_CURSOR_HEADER] } },
  async handle({ params, query, caller, deps }) {
    if (query.cursor !== undefined && !jobId.safeParse(query.cursor).success)
      throw invalidRequest("cursor", "is not a cursor of this list");
    const cluster = { fingerprint: params.fingerprint, clientId: clientFilterOf(caller) };
    const page = { limit: query.limit, cursor: query.cursor ?? null };
    const { rows, next } = await readClusterJobs(deps.database.pool, cluster, page);
    return ok(rows, next ? { [NEXT_CURSOR_HEADER]: next } : {});
  },
});

const quarantined = operation({
  id: "listQuarantined",
  method: "GET",
  path: "/_public/jobs/quarantined",
  tag: "Jobs",
  summary: "The caller's jobs that stand in quarantine, newest first; unlike in the reference a token is needed",
  access: "jobs:read",
  query: jobPageQuery.pick({ limit: true, offset: true, cursor: true }),
  faultTexts: { limit: "Invalid limit/offset parameter", offset: "Invalid limit/offset parameter" },
  answers: { 200: { description: "A page of jobs", schema: z.array(jobListItem), headers: [NEXT_CURSOR_HEADER] } },
  async handle({ query, caller, deps }) {
    if (query.cursor !== undefined && !jobId.safeParse(query.cursor).success)
      throw invalidRequest("cursor", "is not a cursor of this list");
    const { rows, next } = await readJobRows(
      deps.database.pool,
      {
        clientId: clientFilterOf(caller),
        statuses: statusesOf(["quarantined"]),
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

export const quarantineRoutes = [clusters, clusterJobs, quarantined];
