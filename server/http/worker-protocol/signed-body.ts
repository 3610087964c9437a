import { isJsonObject, type JsonObject } from "@/lib/json";
import { ApiError, invalidRequest } from "@/server/errors";
import { unauthorized, type WorkerIdentity } from "@/server/workers/auth/identity";
import { signedForm } from "./canonical-json";
import { signatureFault } from "./signature";
import type { WorkerCall } from "./worker-call";
import type { WorkerSecurity } from "./worker-security";

/** A worker's message: its JSON object and the text that it came as; null when the body is empty. */
export interface WorkerMessage {
  body: JsonObject;
  text: string;
}

/** Reads a message: 413 when too large, 400 when it is not a JSON object. An empty body, or `null`, gives null. */
export async function readMessage(call: WorkerCall, maxBytes?: number): Promise<WorkerMessage | null> {
  const text = await call.text(maxBytes);
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

/**
 * Throws 401 when the message has to be signed and is not, or is signed wrongly. Over a connection with a client
 * certificate it need not be; a signature that is there must fit all the same.
 */
export function verify(
  message: WorkerMessage,
  identity: WorkerIdentity,
  { signatureMode: mode, figures }: Pick<WorkerSecurity, "signatureMode" | "figures">,
  ignored?: readonly string[],
): void {
  if (mode === "off") return;
  const { body } = message;
  const { security } = body;
  const signed = isJsonObject(security) && security.signature !== undefined && security.signature !== null;
  if (!signed && (mode === "optional" || identity.by === "certificate")) return;
  const { secrets, worker: workerId } = identity;
  if (secrets.length === 0) {
    if (mode === "optional") return;
    figures.refused("invalid_signature");
    throw unauthorized(
      "No key is known for this signature: send the token that it was made with as X-Worker-Token, or leave it out beside a client certificate",
    );
  }
  let fault: string | null;
  try {
    const nowS = Date.now() / 1000;
    fault = signatureFault(signedForm(body, message.text), { mode, secrets, workerId, nowS, ignored });
  } catch (error) {
    throw new ApiError(400, "invalid_json", (error as Error).message, { cause: error });
  }
  if (!fault) return;
  figures.refused(fault.includes("replay protection") ? "replay" : "invalid_signature");
  throw unauthorized(fault);
}
