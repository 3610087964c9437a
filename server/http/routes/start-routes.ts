import { IDEMPOTENCY_REPLAYED_HEADER, startJobBody } from "@/lib/api/start-job";
import { DEFAULT_API_VERSION } from "@/lib/blueprint/names";
import type { StoredBlueprint } from "@/server/catalogue/catalogue";
import type { Caller } from "@/server/clients/caller";
import { idempotencyKeyOf, startJobBodyOf, traceOf } from "@/server/jobs/start-job";
import { startJobAs } from "@/server/jobs/start-job-as";
import { schemaRefusal } from "../answer-error";
import { apiPlaceOf } from "../api-path";
import { authenticate } from "../authenticate";
import { requirePermission } from "../authorise";
import type { HttpDeps } from "../http-deps";
import { readJson } from "../read-body";

/** What another client keeps to itself is, for this one, not there. */
function isForeign(blueprint: StoredBlueprint, caller: Caller): boolean {
  return caller.kind === "client" && !blueprint.shared && blueprint.clientId !== caller.client.id;
}

/**
 * `POST <prefix>/<version>/<endpoint>`: starts a job of whichever blueprint has this endpoint. Null when none has. It is
 * asked after the system's own routes, which no endpoint can shadow.
 */
export async function startAtEndpoint(request: Request, url: URL, deps: HttpDeps): Promise<Response | null> {
  const place = apiPlaceOf(url.pathname, deps.config.clientApiPrefix);
  if (!place || place.rest.length < 2) return null;
  const caller = await authenticate(request, deps);
  const blueprint = await deps.catalogue.byEndpoint(place.version ?? DEFAULT_API_VERSION, place.rest);
  if (!blueprint || isForeign(blueprint, caller)) return null;
  requirePermission(caller, "jobs:start");
  const parsed = startJobBody.safeParse(startJobBodyOf(await readJson(request)));
  if (!parsed.success) throw schemaRefusal(parsed.error);
  const { jobId, replayed, headers } = await startJobAs(deps, caller, {
    blueprint,
    body: parsed.data,
    idempotencyKey: idempotencyKeyOf(request.headers),
    trace: traceOf(request.headers),
  });
  if (!replayed) deps.metrics.jobStarted(blueprint.name);
  headers.location = `${place.base}/jobs/${jobId}`;
  if (replayed) headers[IDEMPOTENCY_REPLAYED_HEADER] = "true";
  return Response.json({ status: "accepted", job_id: jobId }, { status: 202, headers });
}
