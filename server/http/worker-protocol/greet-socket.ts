import type { Context } from "hono";
import { ApiError, forbidden } from "@/server/errors";
import { chargeWorker, identify } from "./identify";
import type { WorkerProtocolDeps } from "./protocol-deps";
import { workerName } from "./read-registration";

/** The handshake of a WebSocket, before the connection changes hands: 204 lets it in, anything else is the answer. */
export async function greetSocket(c: Context, deps: WorkerProtocolDeps): Promise<Response> {
  const worker = workerName(c.req.param("id"), "worker_id");
  // Workers are no pages; a page that opens one does so with somebody else's browser.
  if (c.req.header("origin") !== undefined) throw forbidden("Browsers may not open a worker's WebSocket");
  await identify(c, worker, deps.security);
  if ((c.env as { upgrade?: boolean } | undefined)?.upgrade !== true) {
    throw new ApiError(426, "invalid_request", "This is a WebSocket: send Upgrade: websocket", {
      headers: { upgrade: "websocket", connection: "Upgrade" },
    });
  }
  await chargeWorker(c.req.raw, "session", worker, deps.security);
  return c.body(null, 204);
}
