import { jsonObject } from "@/lib/api/shape";
import { publicStatusAnswer } from "@/lib/api/system";
import { ApiError, forbidden } from "@/server/errors";
import { expositionOf } from "@/server/metrics/exposition";
import { metricsRefusal } from "@/server/metrics-door";
import { authenticate } from "../authenticate";
import { requirePermission } from "../authorise";
import type { HttpDeps } from "../http-deps";
import { openApiOf } from "../openapi-of-caller";
import { ok, operation } from "../operation";

const status = operation({
  id: "getStatus",
  method: "GET",
  path: "/_public/status",
  tag: "System",
  summary: "Whether the server answers",
  access: "open",
  answers: { 200: { description: "It does", schema: publicStatusAnswer } },
  handle: async ({ deps }) => ok({ status: "ok", degraded: deps.degraded() }),
});

const metrics = operation({
  id: "getMetrics",
  method: "GET",
  path: "/_public/metrics",
  tag: "System",
  summary: "Figures for Prometheus",
  access: "open",
  answers: {
    200: {
      description: "Prometheus text, or OpenMetrics where `Accept` asks for it",
      contentType: "text/plain",
      otherTypes: ["application/openmetrics-text"],
    },
  },
  async handle({ request, deps }) {
    await admitToMetrics(request, deps);
    const { contentType, body } = await expositionOf(deps.metrics.registry, request.headers.get("accept"));
    return new Response(body, { headers: { "content-type": contentType, vary: "accept" } });
  },
});

/** `METRICS_TOKEN`, or whoever may look at the overview. A wrong `X-API-Key` is refused even beside a good session. */
async function admitToMetrics(request: Request, deps: HttpDeps): Promise<void> {
  const { metricsRequireAuth: requireAuth, metricsToken: token } = deps.config;
  const apiKey = request.headers.get("x-api-key");
  const refusal = metricsRefusal(
    { requireAuth, token },
    { apiKey, authorization: request.headers.get("authorization") },
  );
  if (refusal === null) return;
  if (apiKey) throw forbidden(refusal.error);
  requirePermission(await authenticate(request, deps).catch(withChallenge), "overview:read");
}

/** Says how a scraper that sent no key may ask again. */
function withChallenge(error: unknown): never {
  if (!(error instanceof ApiError) || error.status !== 401) throw error;
  const { status, code, message, headers } = error;
  throw new ApiError(status, code, message, {
    headers: { ...headers, "www-authenticate": 'Bearer realm="metrics"' },
    cause: error,
  });
}

const openapi = operation({
  id: "getOpenApi",
  method: "GET",
  path: "/openapi.json",
  tag: "System",
  summary: "This API as OpenAPI 3.1, with an entry for each blueprint that the caller may start",
  access: "open",
  answers: { 200: { description: "OpenAPI 3.1", schema: jsonObject } },
  handle: async ({ request, deps, operations }) => ok(await openApiOf(request, deps, operations)),
});

export const systemRoutes = [status, metrics, openapi];
