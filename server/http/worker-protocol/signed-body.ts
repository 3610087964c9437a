import { isJsonObject, type JsonObject } from "@/lib/json";
import { ApiError, invalidRequest } from "@/server/errors";
import { unauthorized } from "@/server/workers/authenticate-worker";
import { readText } from "../read-body";
import { parseLossless } from "./lossless-json";
import type { WorkerProtocolDeps } from "./protocol-deps";
import { signatureFault } from "./signature";

/** A worker's message: its JSON object and the text that it came as; null when the body is empty. */
export interface WorkerMessage {
  body: JsonObject;
  text: string;
}

/** Reads a message: 413 when too large, 400 when it is not a JSON object. An empty body, or `null`, gives null. */
export async function readMessage(request: Request, maxBytes?: number): Promise<WorkerMessage | null> {
  const text = await readText(request, maxBytes);
  if (text.trim() === "" || text.trim() === "null") return null;
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch (cause) {
    throw new ApiError(400, "invalid_json", `Invalid JSON body: ${(cause as Error).message}`, { cause });
  }
  if (!isJsonObject(body as JsonObject)) throw invalidRequest("", "The body must be a JSON object");
  return { body: body as JsonObject, text };
}

/** Throws 401 when the message has to be signed and is not, or is signed wrongly. */
export function verify(
  message: WorkerMessage,
  worker: string,
  token: string,
  deps: Pick<WorkerProtocolDeps, "signatureMode" | "globalToken">,
  ignored?: readonly string[],
): void {
  if (deps.signatureMode === "off") return;
  if (deps.signatureMode === "optional" && !isJsonObject(message.body.security)) return;
  const secrets = deps.globalToken === null ? [token] : [token, deps.globalToken];
  const { signatureMode: mode } = deps;
  let fault: string | null;
  try {
    const nowS = Date.now() / 1000;
    fault = signatureFault(parseLossless(message.text), { mode, secrets, workerId: worker, nowS, ignored });
  } catch (error) {
    throw new ApiError(400, "invalid_json", (error as Error).message, { cause: error });
  }
  if (fault) throw unauthorized(fault);
}
