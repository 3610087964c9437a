import { ApiError } from "@/server/errors";

const SAFE_METHODS = new Set(["GET", "HEAD", "OPTIONS"]);

/**
 * Refuses (403) a request that changes something unless our own pages sent it: browsers say so in `Sec-Fetch-Site` and
 * `Origin`, and at least one of them must be there. `publicUrl` is the origin that browsers see; without it the
 * request's own Host counts.
 */
export function refuseCrossSite(request: Request, publicUrl: string | null): void {
  if (SAFE_METHODS.has(request.method)) return;
  const site = request.headers.get("sec-fetch-site");
  const origin = request.headers.get("origin");
  if (site === null && origin === null) throw crossSite("an Origin header is needed beside a session cookie");
  if (site !== null && site !== "same-origin" && site !== "none")
    throw crossSite(`it was sent by a ${site.slice(0, 20)} page`);
  if (origin !== null && !isOwn(origin, request, publicUrl)) throw crossSite("its Origin is another site");
}

function isOwn(origin: string, request: Request, publicUrl: string | null): boolean {
  if (!URL.canParse(origin)) return false;
  const parsed = new URL(origin);
  if (publicUrl !== null) return parsed.origin === publicUrl;
  return parsed.host === (request.headers.get("host") ?? new URL(request.url).host);
}

function crossSite(why: string): ApiError {
  return new ApiError(403, "cross_site", `The request was refused: ${why}`);
}
