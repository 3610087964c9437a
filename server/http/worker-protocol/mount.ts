import { type Context, Hono } from "hono";
import { requestIdOf } from "../observed";
import { callOf } from "./hono-call";
import type { WorkerProtocolDeps } from "./protocol-deps";
import { answerCall } from "./routes";

/** The worker protocol as a part of an app, to be mounted at `/_worker`: for what `node:http` does not serve itself. */
export function workerProtocolRoutes(deps: WorkerProtocolDeps): Hono {
  const app = new Hono();
  app.all("*", async (c: Context) => {
    const { status, body, headers } = await answerCall(callOf(c), requestIdOf(c.req.header("x-request-id")), deps);
    return new Response(body, { status, headers });
  });
  return app;
}
