import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { type WebSocket, WebSocketServer } from "ws";

export interface Received {
  method: string;
  path: string;
  query: URLSearchParams;
  headers: IncomingMessage["headers"];
  // biome-ignore lint/suspicious/noExplicitAny: messages of many shapes, looked at by the tests
  body: any;
}

/** What a request is answered with; `hang up` breaks the connection without a word. */
export type Reply = { status?: number; body?: unknown; headers?: Record<string, string> } | "hang up" | undefined;

/** An orchestrator that does what a test tells it, for what a real one does only when something breaks. */
export interface ScriptedOrchestrator {
  url: string;
  received: Received[];
  of(method: string, path: RegExp): Received[];
  /** Sends a frame to the worker's WebSocket. */
  command(frame: object): void;
  connected(): number;
  stop(): Promise<void>;
}

/** Without a reply from `script`, messages are answered as if all were well, and polls with nothing. */
export async function scriptedOrchestrator(
  script: (request: Received, soFar: number) => Reply | Promise<Reply>,
): Promise<ScriptedOrchestrator> {
  const received: Received[] = [];
  const sockets = new Set<WebSocket>();
  const server: Server = createServer((request, response) => void serve(request, response));
  const upgrades = new WebSocketServer({ server, path: undefined });
  upgrades.on("connection", (socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
  });

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part as Buffer);
    const text = Buffer.concat(parts).toString();
    const url = new URL(request.url ?? "/", "http://x");
    const { method = "", headers } = request;
    const one = { method, path: url.pathname, query: url.searchParams, headers, body: text ? JSON.parse(text) : null };
    const soFar = received.filter((each) => each.method === method && each.path === one.path).length;
    received.push(one);
    const reply = (await script(one, soFar)) ?? usual(one);
    if (reply === "hang up") return void response.destroy();
    response.writeHead(reply.status ?? 200, { "content-type": "application/json", ...reply.headers });
    response.end(reply.body === undefined ? undefined : JSON.stringify(reply.body));
  }

  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    received,
    of: (method, path) => received.filter((each) => each.method === method && path.test(each.path)),
    command(frame) {
      for (const socket of sockets) socket.send(JSON.stringify(frame));
    },
    connected: () => sockets.size,
    async stop() {
      for (const socket of sockets) socket.terminate();
      upgrades.close();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function usual({ method, path }: Received): Exclude<Reply, undefined> {
  if (path.endsWith("/tasks/next")) return { status: 204 };
  if (path.endsWith("/tasks/result")) return { body: { status: "accepted" } };
  if (path.endsWith("/events")) return { body: { status: "event_accepted" } };
  return { body: { status: method === "PATCH" ? "ok" : "registered" } };
}
