import type { IncomingMessage, ServerResponse } from "node:http";
import type { HttpDeps } from "../http-deps";
import { hasUnreadBody, requestIdOf } from "../observed";
import { NativeCall } from "./native-call";
import type { WorkerProtocolDeps } from "./protocol-deps";
import { workerRouteOf } from "./route-name";
import { answerCall } from "./routes";
import type { WorkerAnswer } from "./worker-call";

/** Answers a request to `/_worker`; false: it is none of its. */
export type WorkerDoor = (request: IncomingMessage, response: ServerResponse) => boolean;

const OWN_PATH = /^\/_worker\/(?!skills\/)/;

/**
 * The worker protocol straight on `node:http`: polls and results come by the thousand a second, and what an app makes of
 * a request costs several times what they need themselves.
 */
export function createWorkerDoor(http: Pick<HttpDeps, "metrics" | "log">, deps: WorkerProtocolDeps): WorkerDoor {
  const { metrics, log } = http;

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const began = performance.now();
    const requestId = requestIdOf(request.headers["x-request-id"]);
    const call = new NativeCall(request, response);
    const answer = await answerCall(call, requestId, deps);
    const { status, headers } = answer;
    // No browser shows these answers: what remains is that they are not kept and not guessed at.
    headers["x-content-type-options"] = "nosniff";
    headers["cache-control"] = "no-store";
    headers["x-request-id"] = requestId;
    if (status >= 400 && hasUnreadBody(call.method, (name) => call.header(name))) headers.connection ??= "close";
    send(response, answer);
    const seconds = (performance.now() - began) / 1000;
    const route = workerRouteOf(call.path);
    metrics.http.answered({ route, method: call.method, status, seconds });
    log.debug("answered", { request_id: requestId, method: call.method, route, status });
  }

  return (request, response) => {
    if (!OWN_PATH.test(request.url ?? "")) return false;
    serve(request, response).catch((error: unknown) => {
      log.error("a worker was not answered", { error });
      response.destroy();
    });
    return true;
  };
}

function send(response: ServerResponse, { status, body, headers }: WorkerAnswer): void {
  // Whose connection is gone is not answered.
  if (response.destroyed) return;
  if (body !== null) headers["content-length"] = String(Buffer.byteLength(body));
  response.writeHead(status, headers).end(body ?? undefined);
}
