import { ApiError, forbidden } from "@/server/errors";
import { chargeWorker, identify } from "./identify";
import type { WorkerProtocolDeps } from "./protocol-deps";
import { workerName } from "./read-registration";
import { nothing, type WorkerAnswer, type WorkerCall } from "./worker-call";

/** The handshake of a WebSocket, before the connection changes hands: 204 lets it in, anything else is the answer. */
export async function greetSocket(call: WorkerCall, id: string, deps: WorkerProtocolDeps): Promise<WorkerAnswer> {
  const worker = workerName(id, "worker_id");
  // Workers are no pages; a page that opens one does so with somebody else's browser.
  if (call.header("origin") !== undefined) throw forbidden("Browsers may not open a worker's WebSocket");
  await identify(call, worker, deps.security);
  if (!call.upgrade) {
    throw new ApiError(426, "invalid_request", "This is a WebSocket: send Upgrade: websocket", {
      // Said by itself, `Upgrade` would keep a connection that the asker wants closed, or whose body nobody reads.
      headers: { upgrade: "websocket", connection: "Upgrade, close" },
    });
  }
  await chargeWorker(call, "session", worker, deps.security);
  return nothing();
}
