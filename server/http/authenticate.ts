import { type Caller, clientCaller, operatorCaller } from "@/server/clients/caller";
import { OPEN_CLIENT } from "@/server/clients/open-client";
import { ApiError } from "@/server/errors";
import type { HttpDeps } from "./http-deps";
import { holdToLimit, tooManyRequests } from "./rate-limit-answer";
import { notedAddress } from "./remote-address";
import { refuseCrossSite } from "./same-origin";

const MISSING = "Missing X-Client-Token header";
const WRONG = "Unauthorized: Invalid token";

/**
 * Who is asking. A token counts before a session; a wrong token is refused even beside a good session. A request that
 * changes something on the strength of a cookie must come from our own pages.
 */
export async function authenticate(request: Request, deps: HttpDeps): Promise<Caller> {
  const token = tokenOf(request.headers);
  if (token !== null) return clientOf(token, request, deps);
  const operator = request.headers.has("cookie") ? await deps.operators.sessionOf(request.headers) : null;
  if (!operator) throw new ApiError(401, "missing_token", MISSING);
  refuseCrossSite(request, deps.config.publicUrl);
  return operatorCaller(operator);
}

/**
 * The same for a door that is open: who has neither token nor session asks as the client of open doors, as long as its
 * address has requests left. A wrong token is refused here as well.
 */
export async function authenticateOrAnybody(request: Request, deps: HttpDeps): Promise<Caller> {
  try {
    return await authenticate(request, deps);
  } catch (error) {
    if (!(error instanceof ApiError && error.code === "missing_token")) throw error;
    const client = await deps.clients.byName(OPEN_CLIENT);
    if (!client) throw error;
    if (deps.limits)
      holdToLimit(request, await deps.limits.take("client", `address ${notedAddress(request) ?? "unknown"}`));
    return clientCaller(client);
  }
}

/** A client by its token, as long as it has requests left: 429 else. */
async function clientOf(token: string, request: Request, deps: HttpDeps): Promise<Caller> {
  if (!deps.config.clientApi) {
    throw new ApiError(401, "invalid_token", "The API for clients is switched off here (ENABLE_CLIENT_API)");
  }
  const address = notedAddress(request);
  const unheard = await deps.guard?.refusal(address, token);
  if (unheard) throw tooManyRequests(unheard);
  const client = await deps.clients.byToken(token);
  if (!client) {
    await deps.guard?.wrong(address);
    throw new ApiError(401, "invalid_token", WRONG);
  }
  deps.guard?.good(token);
  if (deps.limits) holdToLimit(request, await deps.limits.take("client", String(client.id)));
  return clientCaller(client);
}

/** `X-Client-Token`, or `Authorization: Bearer`; null when there is neither. */
function tokenOf(headers: Headers): string | null {
  const token = headers.get("x-client-token");
  if (token !== null) return token;
  const bearer = /^Bearer +(.+)$/i.exec(headers.get("authorization") ?? "");
  return bearer?.[1] ?? null;
}
