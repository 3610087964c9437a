import { randomUUID } from "node:crypto";
import { type Context, Hono } from "hono";
import { callOf } from "./hono-call";
import type { WorkerProtocolDeps } from "./protocol-deps";
import { answerCall } from "./routes";

/** The worker protocol as a part of an app, to be mounted at `/_worker`: for what `node:http` does not serve itself. */
export function workerProtocolRoutes(deps: WorkerProtocolDeps): Hono {
  const app = new Hono();
  app.all("*", async (c: Context) => {
    const { status, body, headers } = await answerCall(callOf(c), c.req.header("x-request-id") ?? randomUUID(), deps);
    return new Response(body, { status, headers });
  });
  return app;
}
