import { encodedBody } from "./compress-answer";

/** A JSON answer, compressed where it is large enough and the asker takes it. */
export async function jsonAnswer(
  body: unknown,
  status: number,
  given: Record<string, string> | undefined,
  request: Request,
): Promise<Response> {
  const headers = new Headers(given);
  if (!headers.has("content-type")) headers.set("content-type", "application/json");
  const bytes = await encodedBody(Buffer.from(JSON.stringify(body)), headers, request);
  return new Response(bytes as Uint8Array<ArrayBuffer>, { status, headers });
}
