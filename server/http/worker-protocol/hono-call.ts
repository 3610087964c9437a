import type { IncomingMessage, ServerResponse } from "node:http";
import type { Context } from "hono";
import { readText } from "../read-body";
import { NodeConnection, signalConnection } from "./connection";
import type { WorkerCall } from "./worker-call";

interface NodeEnv {
  incoming?: IncomingMessage;
  outgoing?: ServerResponse;
  upgrade?: boolean;
}

/** A request that came through the API app. */
export function callOf(c: Context): WorkerCall {
  const env = (c.env ?? {}) as NodeEnv;
  const request = c.req.raw;
  return {
    method: request.method,
    path: c.req.path.replace(/^\/_worker/, ""),
    upgrade: env.upgrade === true,
    socket: env.incoming?.socket,
    header: (name) => c.req.header(name),
    query: (name) => c.req.query(name),
    text: (maxBytes) => readText(request, maxBytes),
    connection: () => (env.outgoing ? new NodeConnection(env.outgoing) : signalConnection(request.signal)),
  };
}
