import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { Registry } from "prom-client";
import { expositionOf } from "@/server/metrics/exposition";
import { type MetricsDoor, metricsRefusal } from "@/server/metrics-door";
import { answerCheck, answerProbe, type ProbeAnswer } from "@/server/probes/answer";
import type { CheckResult } from "@/server/probes/check";
import type { Liveness } from "@/server/probes/liveness";
import type { Readiness } from "@/server/probes/readiness";
import type { WorkerHealth } from "./health";

export interface Probes {
  /** The port that it really has; null: it was taken, and nothing listens. */
  port: number | null;
  close(): Promise<void>;
}

export interface ProbeOptions {
  host: string;
  port: number;
  /** False: a port that cannot be had is told and done without. */
  required: boolean;
  health: () => WorkerHealth;
  liveness: Liveness;
  readiness: Readiness;
  /** The process has started up. */
  hasStarted: () => boolean;
  registry: Registry;
  metricsDoor: MetricsDoor;
  log: { warn(message: string, fields?: Record<string, unknown>): void };
}

/** The port of the probes cannot be had; the message names the variable. */
export class ProbePortError extends Error {
  override readonly name = "ProbePortError";
}

const PATHS = ["/healthz", "/livez", "/readyz", "/startupz", "/metrics"];
const METHODS = ["GET", "HEAD"];

/**
 * Serves `/livez` and `/healthz` (whether the process makes progress), `/readyz` (whether it can take new work),
 * `/startupz` and `/metrics`. Throws a ProbePortError when the port is needed and cannot be had.
 */
export async function startProbes(options: ProbeOptions): Promise<Probes> {
  const server = createServer((request, response) => {
    answer(request, options).then(
      (given) => send(response, given),
      (error: unknown) =>
        send(response, { status: 500, body: { error: error instanceof Error ? error.message : String(error) } }),
    );
  });
  server.requestTimeout = 10_000;
  const problem = await listen(server, options);
  if (problem !== null) {
    if (options.required) throw new ProbePortError(problem);
    options.log.warn(`${problem} Working without probes, as WORKER_HTTP_REQUIRED is false.`);
    return { port: null, close: async () => undefined };
  }
  const address = server.address();
  return {
    port: typeof address === "object" && address !== null ? address.port : options.port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function answer(request: IncomingMessage, options: ProbeOptions): Promise<ProbeAnswer> {
  const asked = `http://worker${request.url ?? "/"}`;
  const url = new URL(URL.canParse(asked) ? asked : "http://worker/");
  const [path = "", part = null] = /^(\/[^/]+)(?:\/([^/]+))?$/.exec(url.pathname)?.slice(1) ?? [];
  if (!PATHS.includes(path) || (part !== null && !["/livez", "/readyz"].includes(path)))
    return { status: 404, body: { error: `Not found: ${PATHS.join(", ")} are answered here` } };
  if (!METHODS.includes(request.method ?? "GET"))
    return {
      status: 405,
      headers: { allow: METHODS.join(", ") },
      body: { error: `Only ${METHODS.join(" and ")} are answered here` },
    };
  if (path === "/metrics") return metrics(request, options);
  if (path === "/startupz") {
    const ok = options.hasStarted();
    return { status: ok ? 200 : 503, body: { ok, uptime_seconds: Math.round(process.uptime()) } };
  }
  const results = path === "/readyz" ? await options.readiness.results() : options.liveness.results();
  if (part !== null) return answerCheck(results, part);
  const bodyOf = path === "/readyz" ? readyBody(results, options.health()) : aliveBody(path);
  return answerProbe(path, results, url.searchParams, bodyOf);
}

/** `/healthz` has two members and no more. */
function aliveBody(path: string) {
  return (ok: boolean, checks: CheckResult[]) => {
    const body = { ok, uptime_seconds: Math.round(process.uptime()) };
    return path === "/healthz" ? body : { ...body, checks };
  };
}

function readyBody(results: CheckResult[], { draining, running, waiting, unreported }: WorkerHealth) {
  const servers = { db: serverWord("db", results), redis: serverWord("redis", results) };
  return (ok: boolean, checks: CheckResult[]) => ({ ok, ...servers, checks, draining, running, waiting, unreported });
}

/** `off`: this process does without it. */
function serverWord(name: string, results: CheckResult[]): "connected" | "disconnected" | "off" {
  const check = results.find((each) => each.name === name);
  if (check === undefined) return "off";
  return check.ok ? "connected" : "disconnected";
}

async function metrics({ headers }: IncomingMessage, { registry, metricsDoor }: ProbeOptions): Promise<ProbeAnswer> {
  const apiKey = headers["x-api-key"];
  const refusal = metricsRefusal(metricsDoor, {
    apiKey: (Array.isArray(apiKey) ? apiKey[0] : apiKey) ?? null,
    authorization: headers.authorization ?? null,
  });
  if (refusal === null) {
    const { contentType, body } = await expositionOf(registry, headers.accept ?? null);
    return { status: 200, headers: { "content-type": contentType, vary: "accept" }, body };
  }
  const headers401 = { "www-authenticate": 'Bearer realm="metrics"' };
  return {
    status: refusal.status,
    headers: refusal.status === 401 ? headers401 : undefined,
    body: { error: refusal.error },
  };
}

function send(response: ServerResponse, { status, headers, body }: ProbeAnswer): void {
  const isText = typeof body === "string";
  const text = isText ? body : JSON.stringify(body);
  response.writeHead(status, {
    "content-type": isText ? "text/plain; charset=utf-8" : "application/json",
    "content-length": Buffer.byteLength(text),
    "cache-control": "no-store",
    ...headers,
  });
  response.end(text);
}

/** Null when it listens, else what is in the way, with the variable that mends it. */
function listen(server: Server, { port, host }: ProbeOptions): Promise<string | null> {
  return new Promise((resolve) => {
    server.once("error", (error: NodeJS.ErrnoException) => resolve(portProblem(error, port, host)));
    server.listen(port, host, () => resolve(null));
  });
}

function portProblem(error: NodeJS.ErrnoException, port: number, host: string): string {
  if (error.code === "EADDRINUSE") return `Port ${port} on ${host} is taken: set WORKER_HTTP_PORT to a free one.`;
  if (error.code === "EACCES") return `Port ${port} may not be used by this user: set WORKER_HTTP_PORT to another one.`;
  return `Nothing can listen on ${host}:${port} (${error.code ?? error.message}): set WORKER_HTTP_HOST and WORKER_HTTP_PORT.`;
}
