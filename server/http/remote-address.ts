import type { IncomingMessage, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import type { Context } from "hono";

/**
 * The address that a request came from: the socket's, or behind a trusted proxy the last entry that the proxy added to
 * `X-Forwarded-For`. Null where the request was not served by `node:http`.
 */
export function remoteAddressOf(c: Context, trustProxy: boolean): string | null {
  const incoming = (c.env as { incoming?: IncomingMessage } | undefined)?.incoming;
  return addressOf(incoming?.socket, c.req.header("x-forwarded-for"), trustProxy);
}

/** The same, by the socket and the header. */
export function addressOf(
  socket: Socket | undefined,
  forwardedFor: string | undefined,
  trustProxy: boolean,
): string | null {
  const forwarded = trustProxy ? forwardedFor?.split(",").at(-1)?.trim() : undefined;
  return forwarded ? forwarded.slice(0, 64) : (socket?.remoteAddress ?? null);
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
