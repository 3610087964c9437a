const encoder = new TextEncoder();

/** A message of an event stream, without its id; encoded once for all who get it. */
export function encodeMessage(event: string, data: unknown): Uint8Array {
  return encoder.encode(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
}

/** The id line that precedes a message. */
export function encodeId(id: string): Uint8Array {
  return encoder.encode(`id: ${id}\n`);
}

/** How long a browser waits before it comes back, and a comment, so that the first bytes leave at once. */
export function encodeGreeting(retryMs: number): Uint8Array {
  return encoder.encode(`retry: ${retryMs}\n: live\n\n`);
}

export const SSE_HEADERS = {
  "content-type": "text/event-stream; charset=utf-8",
  "cache-control": "no-store, no-transform",
  "x-accel-buffering": "no",
};
