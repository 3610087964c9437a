import { type IncomingHttpHeaders, Agent as PlainAgent, request as plainRequest } from "node:http";
import { Agent as SecureAgent, request as secureRequest } from "node:https";
import type { TlsOptions } from "./orchestrator-options";

export interface HttpAnswer {
  status: number;
  headers: IncomingHttpHeaders;
  body: Buffer;
}

export interface HttpRequest {
  method: string;
  /** Below the client's origin. */
  path: string;
  headers?: Record<string, string>;
  body?: string | Uint8Array;
  /** No byte for this long ends it. */
  timeoutMs: number;
  signal?: AbortSignal;
  /** An answer above this is an error (default 64 MiB). */
  maxBytes?: number;
}

/** There was no answer: the connection failed, took too long, or was given up. */
export class NoAnswerError extends Error {
  override readonly name = "NoAnswerError";
}

export interface HttpClient {
  readonly origin: URL;
  /** Sends one request over a kept connection; rejects with a `NoAnswerError`. */
  send(request: HttpRequest): Promise<HttpAnswer>;
  close(): void;
}

const MAX_BYTES = 64 * 1024 * 1024;

/** Node's own client, because `fetch` there knows no client certificates. */
export function createHttpClient(url: string, tls?: TlsOptions): HttpClient {
  const origin = new URL(url);
  const agent =
    origin.protocol === "https:" ? new SecureAgent({ keepAlive: true, ...tls }) : new PlainAgent({ keepAlive: true });
  const base = origin.pathname.replace(/\/+$/, "");
  return {
    origin,
    send: (request) => exchange(origin, base, agent, request),
    close: () => agent.destroy(),
  };
}

function exchange(origin: URL, base: string, agent: PlainAgent | SecureAgent, wish: HttpRequest): Promise<HttpAnswer> {
  const { method, path, headers = {}, body, timeoutMs, signal, maxBytes = MAX_BYTES } = wish;
  const ask = origin.protocol === "https:" ? secureRequest : plainRequest;
  return new Promise((resolve, reject) => {
    const fail = (cause: Error) =>
      reject(new NoAnswerError(`${method} ${origin.host}${path.split("?")[0]}: ${cause.message}`, { cause }));
    const length: Record<string, string> =
      body === undefined ? {} : { "content-length": String(Buffer.byteLength(body)) };
    const outgoing = ask(
      new URL(`${base}${path}`, origin),
      { method, agent, timeout: timeoutMs, signal, headers: { ...length, ...headers } },
      (incoming) => {
        const parts: Buffer[] = [];
        let size = 0;
        incoming.on("data", (part: Buffer) => {
          parts.push(part);
          size += part.length;
          if (size > maxBytes) incoming.destroy(new Error(`the answer has more than ${maxBytes} bytes`));
        });
        incoming.once("error", fail);
        incoming.once("end", () =>
          resolve({ status: incoming.statusCode ?? 0, headers: incoming.headers, body: Buffer.concat(parts) }),
        );
      },
    );
    outgoing.once("timeout", () => outgoing.destroy(new Error(`no answer within ${timeoutMs} ms`)));
    outgoing.once("error", fail);
    outgoing.end(body);
  });
}
