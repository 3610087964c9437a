import { z } from "zod";
import { jobStreamQuery, liveQuery } from "@/lib/api/live";
import { jobId } from "@/lib/api/shape";
import { type Caller, clientFilterOf } from "@/server/clients/caller";
import { notFound } from "@/server/errors";
import { readVersions } from "@/server/store/reads/live-reads";
import type { HttpDeps } from "../http-deps";
import { jobKey, parseCursor } from "../live/cursor";
import { SSE_HEADERS } from "../live/sse";
import { operation } from "../operation";
import { visibleJob } from "./visible-job";

const STREAM = {
  description: "Messages `jobs`, `events`, `progress`, `resync`, `tick`; resume with Last-Event-ID",
  contentType: "text/event-stream",
};

const live = operation({
  id: "live",
  method: "GET",
  path: "/live",
  tag: "Live",
  summary: "Changes as they happen: of all jobs (`*`), and the events of single ones",
  access: "jobs:read",
  query: liveQuery,
  answers: { 200: STREAM },
  async handle({ query, caller, request, disconnect, deps }) {
    const ids = query.jobs.filter((word) => word !== "*");
    return stream(
      deps,
      caller,
      { request, disconnect },
      query.jobs.includes("*"),
      await startOf(deps, caller, ids, request),
    );
  },
});

const jobStream = operation({
  id: "jobEventStream",
  method: "GET",
  path: "/jobs/{job_id}/events/stream",
  tag: "Live",
  summary: "A job's events as they happen, without gap: first those after `after_seq`",
  access: "jobs:read",
  params: z.object({ job_id: jobId }),
  subject: "Job",
  query: jobStreamQuery,
  answers: { 200: STREAM },
  async handle({ params, query, caller, request, disconnect, deps }) {
    await visibleJob(deps, caller, params.job_id);
    const resumed = parseCursor(request.headers.get("last-event-id"))?.jobs.get(jobKey(params.job_id));
    return stream(deps, caller, { request, disconnect }, false, new Map([[params.job_id, resumed ?? query.after_seq]]));
  },
});

/** Where each watched job's events begin: after the last one that the cursor names, else with what comes from now on. */
async function startOf(
  deps: HttpDeps,
  caller: Caller,
  ids: readonly string[],
  request: Request,
): Promise<Map<string, number>> {
  if (ids.length === 0) return new Map();
  const versions = await readVersions(deps.database.pool, ids, clientFilterOf(caller));
  if (ids.some((id) => !versions.has(id))) throw notFound("Job");
  const cursor = parseCursor(request.headers.get("last-event-id"));
  return new Map(
    [...versions].map(([id, version]) => [id, Math.min(cursor?.jobs.get(jobKey(id)) ?? version, version)]),
  );
}

async function stream(
  deps: HttpDeps,
  caller: Caller,
  { request, disconnect }: { request: Request; disconnect: (() => void) | null },
  all: boolean,
  jobs: Map<string, number>,
): Promise<Response> {
  // A stream that nobody may read would stay open for ever.
  if (request.method === "HEAD") return new Response(null, { headers: SSE_HEADERS });
  const lastEventId = request.headers.get("last-event-id");
  const body = await deps.live.open({ clientId: clientFilterOf(caller), all, jobs, lastEventId, disconnect });
  return new Response(body, { headers: SSE_HEADERS });
}

export const liveRoutes = [live, jobStream];
