import { isUtf8 } from "node:buffer";
import type { IncomingMessage } from "node:http";
import { DEFAULT_MAX_DEPTH, type JsonValue, safeParseJson } from "@/lib/json";
import { ApiError } from "@/server/errors";

/** Largest JSON body, in bytes. */
export const MAX_BODY_BYTES = 1024 * 1024;

/**
 * Reads a request's body as text, counting while it streams: a body beyond `maxBytes` is refused (413) without being
 * held, whatever its Content-Length claims. Compressed bodies are refused (415), so nothing can unfold here.
 */
export async function readText(request: Request, maxBytes = MAX_BODY_BYTES): Promise<string> {
  refuseEncoded(request.headers.get("content-encoding"));
  if (Number(request.headers.get("content-length") ?? 0) > maxBytes) throw tooLarge(maxBytes);
  if (!request.body) return "";
  const decoder = new TextDecoder("utf-8", { fatal: true });
  const reader = request.body.getReader();
  const parts: string[] = [];
  let bytes = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    bytes += value.byteLength;
    if (bytes > maxBytes) {
      await reader.cancel();
      throw tooLarge(maxBytes);
    }
    parts.push(decode(decoder, value));
  }
  parts.push(decode(decoder));
  return parts.join("");
}

/** The same of a request of `node:http`. */
export function readIncoming(request: IncomingMessage, maxBytes = MAX_BODY_BYTES): Promise<string> {
  return new Promise((resolve, reject) => {
    refuseEncoded(request.headers["content-encoding"]);
    if (Number(request.headers["content-length"] ?? 0) > maxBytes) throw tooLarge(maxBytes);
    const parts: Buffer[] = [];
    let bytes = 0;
    request.on("data", (part: Buffer) => {
      bytes += part.byteLength;
      if (bytes <= maxBytes) parts.push(part);
      else {
        request.removeAllListeners("data").pause();
        reject(tooLarge(maxBytes));
      }
    });
    request.on("end", () => {
      const [first] = parts;
      const whole = parts.length === 1 && first ? first : Buffer.concat(parts);
      if (isUtf8(whole)) resolve(whole.toString("utf8").replace(/^\uFEFF/, ""));
      else reject(notUtf8());
    });
    request.on("error", reject);
    const cut = () => reject(new ApiError(400, "invalid_request", "The body ended before it was whole"));
    request.on("close", () => {
      if (!request.complete) cut();
    });
    // Who hung up while something else was looked up says so no more.
    if (request.destroyed) cut();
  });
}

/**
 * Reads a JSON body: 400 `invalid_json` for what is not JSON, 400 `invalid_request` naming the path of a prototype key,
 * a NUL, a lone surrogate, a number out of range or nesting beyond the limit. An empty body is `undefined`.
 */
export async function readJson(request: Request): Promise<JsonValue | undefined> {
  refuseOtherTypes(request.headers.get("content-type"));
  const text = await readText(request);
  if (text.trim() === "") return undefined;
  const parsed = safeParseJson(text, { maxDepth: DEFAULT_MAX_DEPTH });
  if (parsed.ok) return parsed.value;
  const { path, message } = parsed.problem;
  if (path === "" && message.startsWith("Not valid JSON")) {
    throw new ApiError(400, "invalid_json", "Invalid JSON body", { details: [{ path: "", message }] });
  }
  throw new ApiError(400, "invalid_request", path === "" ? message : `${path}: ${message}`, {
    details: [{ path, message }],
  });
}

/** `curl -d` without a header says that it sends a form; it is taken as JSON, as in the reference. */
function refuseOtherTypes(contentType: string | null): void {
  const type = (contentType ?? "application/json").split(";")[0]?.trim().toLowerCase() ?? "";
  if (
    type === "application/json" ||
    type.endsWith("+json") ||
    type === "text/plain" ||
    type === "application/x-www-form-urlencoded"
  )
    return;
  throw new ApiError(
    415,
    "unsupported_media_type",
    `A body of type ${type.slice(0, 80)} is not taken here; send application/json`,
  );
}

function refuseEncoded(encoding: string | null | undefined): void {
  if (encoding && encoding.toLowerCase() !== "identity") {
    throw new ApiError(415, "unsupported_media_type", "Compressed request bodies are not taken; send it as it is");
  }
}

function decode(decoder: TextDecoder, bytes?: Uint8Array): string {
  try {
    return bytes ? decoder.decode(bytes, { stream: true }) : decoder.decode();
  } catch (cause) {
    throw notUtf8(cause);
  }
}

function notUtf8(cause?: unknown): ApiError {
  return new ApiError(400, "invalid_json", "Invalid JSON body", {
    details: [{ path: "", message: "The body is not UTF-8" }],
    cause,
  });
}

function tooLarge(maxBytes: number): ApiError {
  return new ApiError(413, "body_too_large", `The body is larger than ${maxBytes} bytes`, {
    headers: { connection: "close" },
  });
}
