import type { IncomingMessage, ServerResponse } from "node:http";
import type { HttpDeps } from "../http-deps";
import { hasUnreadBody, requestIdOf } from "../observed";
import { nativeCall } from "./native-call";
import type { WorkerProtocolDeps } from "./protocol-deps";
import { workerRouteOf } from "./route-name";
import { answerCall } from "./routes";
import type { WorkerAnswer } from "./worker-call";

/** Answers a request to `/_worker`; false: it is none of its. */
export type WorkerDoor = (request: IncomingMessage, response: ServerResponse) => boolean;

/** No browser shows these answers: what remains is that they are not kept and not guessed at. */
const HEADERS = { "x-content-type-options": "nosniff", "cache-control": "no-store" };
const OWN_PATH = /^\/_worker\/(?!skills\/)/;

/**
 * The worker protocol straight on `node:http`: polls and results come by the thousand a second, and what an app makes of
 * a request costs several times what they need themselves.
 */
export function createWorkerDoor(http: Pick<HttpDeps, "metrics" | "log">, deps: WorkerProtocolDeps): WorkerDoor {
  const { metrics, log } = http;

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const began = performance.now();
    const requestId = requestIdOf(request.headers["x-request-id"]);
    const call = nativeCall(request, response);
    const { status, body, headers } = await answerCall(call, requestId, deps);
    send(response, status, body, {
      ...HEADERS,
      "x-request-id": requestId,
      ...(status >= 400 && hasUnreadBody(call.method, call.header.bind(call)) ? { connection: "close" } : {}),
      ...headers,
    });
    const seconds = (performance.now() - began) / 1000;
    const route = workerRouteOf(call.path);
    metrics.http.answered({ route, method: call.method, status, seconds });
    log.debug("answered", { request_id: requestId, method: call.method, route, status });
  }

  return (request, response) => {
    if (!OWN_PATH.test(request.url ?? "")) return false;
    answer(request, response).catch((error: unknown) => {
      log.error("a worker was not answered", { error });
      response.destroy();
    });
    return true;
  };
}

function send(
  response: ServerResponse,
  status: number,
  body: WorkerAnswer["body"],
  headers: Record<string, string | number>,
): void {
  // Whose connection is gone is not answered.
  if (response.destroyed) return;
  if (body === null) response.writeHead(status, headers).end();
  else response.writeHead(status, { ...headers, "content-length": Buffer.byteLength(body) }).end(body);
}
