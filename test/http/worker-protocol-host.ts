import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { createProtocolForTest } from "@/test/http/worker-protocol-wiring";
import type { EngineHost, HostOptions } from "@/test/turn/engine-host";

export interface ProtocolHost {
  url: string;
  /** A request as a worker sends it; the answer's status, JSON (null when there is none) and headers. */
  call(method: string, path: string, body?: unknown, more?: CallOptions): Promise<Answer>;
  /** The same request, its connection in the hands of the test. */
  fetch(path: string, init: RequestInit): Promise<Response>;
  stop(): Promise<void>;
}

export interface CallOptions {
  token?: string | null;
  headers?: Record<string, string>;
}

export interface Answer {
  status: number;
  // biome-ignore lint/suspicious/noExplicitAny: answers of many shapes, looked at by the tests
  body: any;
  headers: Headers;
}

export const GLOBAL_TOKEN = "global-worker-token-of-the-tests";

/** `/_worker` on a port of its own, on real servers. */
export async function hostProtocol(
  engine: EngineHost,
  options: HostOptions,
  changes: Parameters<typeof createProtocolForTest>[2] = {},
): Promise<ProtocolHost> {
  const protocol = createProtocolForTest(engine, options, changes);
  const server: Server = createServer((request, response) => {
    if (!protocol.door(request, response)) response.writeHead(404).end();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/_worker`;
  return {
    url,
    fetch: (path, init) => fetch(`${url}${path}`, init),
    async call(method, path, body, { token = GLOBAL_TOKEN, headers = {} } = {}) {
      const response = await fetch(`${url}${path}`, {
        method,
        headers: {
          ...(token === null ? {} : { "x-worker-token": token }),
          ...(body === undefined ? {} : { "content-type": "application/json" }),
          ...headers,
        },
        body: body === undefined ? undefined : typeof body === "string" ? body : JSON.stringify(body),
      });
      const text = await response.text();
      return { status: response.status, body: text === "" ? null : JSON.parse(text), headers: response.headers };
    },
    async stop() {
      await protocol.stop();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
