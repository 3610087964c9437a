import type { IncomingMessage, ServerResponse } from "node:http";
import type { Context } from "hono";

/**
 * The address that a request came from: the socket's, or behind a trusted proxy the last entry that the proxy added to
 * `X-Forwarded-For`. Null where the request was not served by `node:http`.
 */
export function remoteAddressOf(c: Context, trustProxy: boolean): string | null {
  const forwarded = trustProxy ? c.req.header("x-forwarded-for")?.split(",").at(-1)?.trim() : undefined;
  if (forwarded) return forwarded.slice(0, 64);
  const incoming = (c.env as { incoming?: IncomingMessage } | undefined)?.incoming;
  return incoming?.socket?.remoteAddress ?? null;
}

const addresses = new WeakMap<Request, string>();

/** Keeps where a request came from, for what is handed the request alone. */
export function noteAddress(request: Request, address: string | null): void {
  if (address !== null) addresses.set(request, address);
}

/** Null where nobody noted it. */
export function notedAddress(request: Request): string | null {
  return addresses.get(request) ?? null;
}

/** What cuts the connection of a request, with all that is still to be sent; null where `node:http` did not serve it. */
export function disconnectOf(c: Context): (() => void) | null {
  const outgoing = (c.env as { outgoing?: ServerResponse } | undefined)?.outgoing;
  return outgoing ? () => outgoing.destroy() : null;
}
