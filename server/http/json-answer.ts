import { promisify } from "node:util";
import { constants, gzip } from "node:zlib";

const compress = promisify(gzip);
/** Below this, compressing costs more than it saves. */
const WORTH_BYTES = 4 * 1024;

/** A JSON answer, compressed off this thread where it is large and the asker takes it. */
export async function jsonAnswer(
  body: unknown,
  status: number,
  given: Record<string, string> | undefined,
  request: Request,
): Promise<Response> {
  const headers = new Headers(given);
  if (!headers.has("content-type")) headers.set("content-type", "application/json");
  const text = Buffer.from(JSON.stringify(body));
  headers.append("vary", "accept-encoding");
  if (text.byteLength < WORTH_BYTES || !/(^|[\s,])gzip($|[\s,;])/.test(request.headers.get("accept-encoding") ?? "")) {
    return new Response(text, { status, headers });
  }
  headers.set("content-encoding", "gzip");
  const compressed = await compress(text, { level: constants.Z_BEST_SPEED });
  return new Response(compressed, { status, headers });
}
