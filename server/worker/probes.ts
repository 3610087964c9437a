import { createServer, type Server, type ServerResponse } from "node:http";
import type { Registry } from "prom-client";
import type { WorkerHealth } from "./health";

export interface Probes {
  /** The port that it really has. */
  port: number;
  close(): Promise<void>;
}

/** Serves `/healthz`, `/livez` (200 while the process turns), `/readyz` (503 while draining or cut off) and `/metrics`. */
export async function startProbes(options: {
  host: string;
  port: number;
  health: () => WorkerHealth;
  registry: Registry;
}): Promise<Probes> {
  const server = createServer((request, response) => {
    answer(request.method ?? "GET", new URL(request.url ?? "/", "http://worker").pathname, options, response).catch(
      (error: unknown) => send(response, 500, { error: error instanceof Error ? error.message : String(error) }),
    );
  });
  server.requestTimeout = 10_000;
  await listen(server, options.port, options.host);
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

async function answer(
  method: string,
  path: string,
  { health, registry }: { health: () => WorkerHealth; registry: Registry },
  response: ServerResponse,
): Promise<void> {
  if (method !== "GET" && method !== "HEAD") return send(response, 405, { error: "Only GET is answered here" });
  if (path === "/healthz" || path === "/livez") return send(response, 200, { status: "ok" });
  if (path === "/readyz") {
    const now = health();
    return send(response, now.ready ? 200 : 503, {
      status: now.ready ? "ready" : "not_ready",
      checks: now.checks,
      running: now.running,
      waiting: now.waiting,
      unreported: now.unreported,
    });
  }
  if (path === "/metrics") {
    response.writeHead(200, { "content-type": registry.contentType });
    response.end(await registry.metrics());
    return;
  }
  send(response, 404, { error: "Not found: /healthz, /livez, /readyz and /metrics are answered here" });
}

function send(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { "content-type": "application/json" });
  response.end(JSON.stringify(body));
}

function listen(server: Server, port: number, host: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) => {
      const taken = error.code === "EADDRINUSE";
      reject(taken ? new Error(`Port ${port} on ${host} is taken: set WORKER_HTTP_PORT to a free one`) : error);
    });
    server.listen(port, host, resolve);
  });
}
