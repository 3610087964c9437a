import { type Context, Hono } from "hono";
import { getPath } from "hono/utils/url";
import { ApiError } from "@/server/errors";
import { errorAnswer } from "./answer-error";
import { answerOperation, type WorkerOf } from "./answer-operation";
import { apiPlaceOf, mountedPath } from "./api-path";
import { compressText } from "./compress-answer";
import type { HttpDeps } from "./http-deps";
import { hasUnreadBody, requestIdOf } from "./observed";
import { fullPath } from "./openapi";
import type { Operation } from "./operation";
import { OPERATIONS } from "./operations";
import { setLimitHeaders } from "./rate-limit-answer";
import { noteAddress, remoteAddressOf } from "./remote-address";
import { answerAuth } from "./routes/auth-routes";
import { startAtEndpoint } from "./routes/start-routes";
import { isSecure, setApiHeaders } from "./security-headers";
import { skillCall } from "./worker-protocol/call-skill";
import { callOf } from "./worker-protocol/hono-call";
import { identify } from "./worker-protocol/identify";
import { workerProtocolRoutes } from "./worker-protocol/mount";
import type { WorkerProtocolDeps } from "./worker-protocol/protocol-deps";
import { workerName } from "./worker-protocol/read-registration";
import { PROTOCOL_VERSION } from "./worker-protocol/routes";

type Env = { Variables: { requestId: string; route: string } };

/**
 * The API: `/api` and the prefix of the clients, `/_public`, `/_worker` and the probes, as one app that also runs without
 * a socket.
 */
export function createApp(deps: HttpDeps, worker: WorkerProtocolDeps | null): Hono<Env> {
  const { clientApiPrefix: prefix } = deps.config;
  const app = new Hono<Env>({ getPath: (request) => mountedPath(getPath(request), prefix) });
  app.use(async (c, next) => observe(c, next, deps));
  app.onError((error, c) => {
    const answer = errorAnswer(error, c.get("requestId"), deps.log);
    if (error instanceof ApiError && (error.status === 401 || error.status === 403))
      deps.metrics.refusals.inc({ reason: error.code });
    return compressText(answer, c.req.raw);
  });
  if (worker) {
    for (const path of ["/skills/call", "/_worker/skills/call"])
      app.post(path, (c) => {
        c.set("route", path);
        return skillCall(c, deps, worker);
      });
    app.route("/_worker", workerProtocolRoutes(worker));
  }
  app.all("/api/auth/*", (c) => {
    c.set("route", "/api/auth/*");
    return answerAuth(c.req.raw, new URL(c.req.url), remoteAddressOf(c, deps.config.trustProxy), deps);
  });
  const workerOf = worker && (async (c: Context) => senderOf(c, worker.security));
  for (const operation of OPERATIONS) mount(app, operation, deps, workerOf);
  app.post("/api/*", async (c, next) => {
    c.set("route", "/api/v1/jobs/{endpoint}");
    const answer = await startAtEndpoint(c.req.raw, new URL(c.req.url), deps);
    if (!answer) c.set("route", "none");
    if (!answer) {
      const endpoint = /^(\/jobs\/[^/]+)$/.exec(apiPlaceOf(c.req.path, prefix)?.rest ?? "")?.[1];
      if (endpoint) throw new ApiError(404, "not_found", `No blueprint is started at ${endpoint.slice(0, 200)}`);
      await next();
    }
    return answer ?? undefined;
  });
  refuseOtherMethods(app);
  app.notFound(() => {
    throw new ApiError(404, "not_found", "There is nothing at this path");
  });
  return app;
}

/** The remote worker that a request outside of `/_worker` is of. */
async function senderOf(c: Context, security: WorkerProtocolDeps["security"]): Promise<string> {
  const named = c.req.header("x-worker-id");
  return (await identify(callOf(c), named === undefined ? null : workerName(named, "X-Worker-ID"), security)).worker;
}

function mount(app: Hono<Env>, operation: Operation, deps: HttpDeps, workerOf: WorkerOf | null): void {
  const route = fullPath(operation.path);
  app.on(operation.method, patternOf(operation), (c) => {
    c.set("route", route);
    return answerOperation(operation, c, new URL(c.req.url), c.get("requestId"), deps, OPERATIONS, workerOf);
  });
}

/** Asked for below another prefix or version, it is found here as well: see `mountedPath`. */
function patternOf(operation: Operation): string {
  return fullPath(operation.path).replace(/\{(\w+)\}/g, ":$1");
}

/** 405 for a known path and another method; registered last, behind the blueprints' endpoints. */
function refuseOtherMethods(app: Hono<Env>): void {
  const methods = new Map<string, Set<string>>();
  for (const operation of OPERATIONS) {
    const path = patternOf(operation);
    methods.set(path, (methods.get(path) ?? new Set()).add(operation.method));
  }
  for (const [path, known] of methods) {
    const allow = [...known].join(", ");
    app.all(path, (c) => {
      throw new ApiError(405, "method_not_allowed", `${c.req.method} is not taken here; use ${allow}`, {
        headers: { allow },
      });
    });
  }
}

async function observe(c: Context<Env>, next: () => Promise<void>, deps: HttpDeps): Promise<void> {
  const requestId = requestIdOf(c.req.header("x-request-id"));
  c.set("requestId", requestId);
  c.set("route", "none");
  const began = performance.now();
  noteAddress(c.req.raw, remoteAddressOf(c, deps.config.trustProxy));
  await next();
  setLimitHeaders(c.req.raw, c.res.headers);
  setApiHeaders(c.res.headers, requestId, isSecure(deps.config, c.req.header("x-forwarded-proto")));
  if (!c.res.headers.has("x-rxon-version")) c.res.headers.set("x-rxon-version", PROTOCOL_VERSION);
  if (c.res.status >= 400 && hasUnreadBody(c.req.method, (name) => c.req.header(name)))
    c.res.headers.set("connection", "close");
  const seconds = (performance.now() - began) / 1000;
  const { path, method } = c.req;
  const route = path.startsWith("/_worker/ws/") ? "/_worker/ws/{worker_id}" : c.get("route");
  deps.metrics.http.answered({ route, method, status: c.res.status, seconds });
  deps.log.debug("answered", {
    request_id: requestId,
    method,
    route,
    status: c.res.status,
    ms: Math.round(seconds * 1000),
  });
}
