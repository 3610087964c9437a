import { randomBytes } from "node:crypto";
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { Duplex } from "node:stream";
import { getRequestListener } from "@hono/node-server";
import type { Config } from "@/server/config";
import type { Log } from "@/server/log";
import { isApiRequest } from "./api-path";
import { PAGE_HEADERS, pagePolicy } from "./security-headers";
import { createWebServer } from "./tls/tls-server";
import type { WorkerDoor } from "./worker-protocol/native-door";

/** What answers everything that is not the API. */
export interface Pages {
  handle(request: IncomingMessage, response: ServerResponse): Promise<void>;
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void>;
}

export interface ServeOptions {
  config: Pick<Config, "host" | "local" | "dev" | "publicUrl" | "clientApiPrefix" | "tls">;
  fetch: (request: Request, env: object) => Response | Promise<Response>;
  /** Null: an API without pages. */
  pages: Pages | null;
  /** Answers remote workers; absent: the API does. */
  workerDoor?: WorkerDoor;
  /** Takes the WebSockets of remote workers; absent: there are none. */
  workerSockets?: Pick<Pages, "upgrade">;
  log: Log;
}

/** Headers with which Next speaks to itself; from outside they are lies. */
const INTERNAL_HEADERS = [
  "x-middleware-subrequest",
  "x-nonce",
  "x-matched-path",
  "x-invoke-path",
  "x-invoke-query",
  "x-now-route-matches",
];

/** The server that owns the port: the API answers natively, all else goes to the pages. Not listening yet. */
export function createHttpServer(options: ServeOptions): Server {
  const api = getRequestListener((request, env) => options.fetch(request, env));
  const isApi = ({ url, headers }: IncomingMessage) =>
    isApiRequest(url ?? "/", headers, options.config.clientApiPrefix);
  const server = createWebServer(
    options.config.tls,
    { maxHeaderSize: 32 * 1024, requestTimeout: 600_000, headersTimeout: 30_000, keepAliveTimeout: 15_000 },
    (request, response) => {
      const fault = hostFault(request, options.config);
      if (fault) return refuse(response, 421, "unknown_host", fault);
      if (options.workerDoor?.(request, response)) return;
      if (isApi(request)) return void api(request, response);
      if (!options.pages) return refuse(response, 404, "not_found", "There is nothing at this path");
      preparePage(request, response, options.config);
      options.pages.handle(request, response).catch((error: unknown) => {
        options.log.error("a page failed", { error, path: request.url });
        if (!response.headersSent) refuse(response, 500, "internal", "Something went wrong here");
        else response.destroy();
      });
    },
    options.log,
  );
  server.on("upgrade", (request, socket, head) => {
    socket.on("error", () => socket.destroy());
    const taker = isApi(request) ? workerSocketsOf(request, options) : options.pages;
    if (hostFault(request, options.config) || !taker) {
      socket.end("HTTP/1.1 404 Not Found\r\nconnection: close\r\ncontent-length: 0\r\n\r\n");
      return;
    }
    taker.upgrade(request, socket, head).catch((error: unknown) => {
      options.log.warn("an upgrade failed", { error });
      socket.destroy();
    });
  });
  return server;
}

function workerSocketsOf({ url }: IncomingMessage, { workerSockets }: ServeOptions) {
  return url?.startsWith("/_worker/ws/") ? workerSockets : undefined;
}

let lastHost = { host: "", name: "" };

/** Of a connection that is kept it is the same each time. */
function hostNameOf(host: string): string {
  if (host !== lastHost.host)
    lastHost = { host, name: URL.canParse(`http://${host}`) ? new URL(`http://${host}`).hostname : "" };
  return lastHost.name;
}

/** On a machine of one's own, other names for it come from pages that try to reach it through DNS. */
function hostFault(request: IncomingMessage, config: ServeOptions["config"]): string | null {
  if (!config.local) return null;
  const name = hostNameOf(request.headers.host ?? "");
  const own = ["localhost", "127.0.0.1", "[::1]", config.host];
  return own.includes(name) ? null : "This server answers to localhost and 127.0.0.1 only";
}

function preparePage(request: IncomingMessage, response: ServerResponse, config: ServeOptions["config"]): void {
  for (const name of INTERNAL_HEADERS) delete request.headers[name];
  const nonce = randomBytes(16).toString("base64");
  const policy = pagePolicy(nonce, config.dev);
  // The framework takes the nonce for its own scripts from the policy on the request.
  request.headers["content-security-policy"] = policy;
  request.headers["x-nonce"] = nonce;
  response.setHeader("content-security-policy", policy);
  for (const [name, value] of PAGE_HEADERS) response.setHeader(name, value);
  if (config.publicUrl?.startsWith("https://"))
    response.setHeader("strict-transport-security", "max-age=31536000; includeSubDomains");
}

function refuse(response: ServerResponse, status: number, code: string, error: string): void {
  const body = JSON.stringify({ error, code });
  response.writeHead(status, {
    "content-type": "application/json",
    "content-length": Buffer.byteLength(body),
    "x-content-type-options": "nosniff",
  });
  response.end(body);
}
