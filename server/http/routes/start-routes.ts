import { IDEMPOTENCY_REPLAYED_HEADER, startJobBody } from "@/lib/api/start-job";
import { DEFAULT_API_VERSION } from "@/lib/blueprint/names";
import { OPERATORS_CLIENT } from "@/server/catalogue/register-blueprints";
import { actorOf, clientFilterOf } from "@/server/clients/caller";
import { idempotencyKeyOf, startJob, startJobBodyOf, traceOf } from "@/server/jobs/start-job";
import { schemaRefusal } from "../answer-error";
import { authenticate } from "../authenticate";
import { requirePermission } from "../authorise";
import type { HttpDeps } from "../http-deps";
import { readJson } from "../read-body";

/**
 * `POST /api/<version>/<endpoint>`: starts a job of whichever blueprint has this endpoint. Null when none has. It is
 * asked after the system's own routes, which no endpoint can shadow.
 */
export async function startAtEndpoint(request: Request, url: URL, deps: HttpDeps): Promise<Response | null> {
  const place = endpointOf(url.pathname);
  if (!place) return null;
  const caller = await authenticate(request, deps);
  const blueprint = await deps.catalogue.byEndpoint(place.version, place.endpoint);
  if (!blueprint) return null;
  requirePermission(caller, "jobs:start");
  const parsed = startJobBody.safeParse(startJobBodyOf(await readJson(request)));
  if (!parsed.success) throw schemaRefusal(parsed.error);
  const { jobId, replayed } = await startJob(deps.engine, {
    blueprint,
    body: parsed.data,
    clientId: clientFilterOf(caller) ?? OPERATORS_CLIENT,
    ownOnly: caller.kind === "client",
    starter: actorOf(caller),
    idempotencyKey: idempotencyKeyOf(request.headers),
    trace: traceOf(request.headers),
  });
  if (!replayed) deps.metrics.jobsStarted.inc({ blueprint: blueprint.name });
  const headers: Record<string, string> = { location: `/api/v1/jobs/${jobId}` };
  if (replayed) headers[IDEMPOTENCY_REPLAYED_HEADER] = "true";
  return Response.json({ status: "accepted", job_id: jobId }, { status: 202, headers });
}

/** `/api/v1/jobs/video` is `/jobs/video` of version v1; without a version, it is the default one. */
function endpointOf(pathname: string): { version: string; endpoint: string } | null {
  const match = /^\/api(?:\/(v[0-9][A-Za-z0-9._-]*))?(\/.+)$/.exec(pathname);
  return match ? { version: match[1] ?? DEFAULT_API_VERSION, endpoint: match[2] as string } : null;
}
