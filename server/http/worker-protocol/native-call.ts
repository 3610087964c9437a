import type { IncomingMessage, ServerResponse } from "node:http";
import { readIncoming } from "../read-body";
import { nodeConnection } from "./connection";
import type { WorkerCall } from "./worker-call";

const BASE = "/_worker";

/** A request as `node:http` gives it: nothing is made of it that nobody asks for. */
export function nativeCall(request: IncomingMessage, response: ServerResponse): WorkerCall {
  const url = request.url ?? "";
  const mark = url.indexOf("?");
  let query: URLSearchParams | null = null;
  return {
    method: request.method ?? "",
    path: url.slice(BASE.length, mark < 0 ? undefined : mark),
    upgrade: false,
    socket: request.socket,
    header(name) {
      const value = request.headers[name];
      return typeof value === "object" ? value.join(", ") : value;
    },
    query(name) {
      query ??= new URLSearchParams(mark < 0 ? "" : url.slice(mark + 1));
      return query.get(name) ?? undefined;
    },
    text: (maxBytes) => readIncoming(request, maxBytes),
    connection: () => nodeConnection(response),
  };
}
