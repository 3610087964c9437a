/**
 * Where the API answers. Beside `/api` it answers below `CLIENT_API_PREFIX`, and everywhere with and without a version:
 * blueprints may have versions of their own (`/api/v2/jobs/video`), and their clients ask for jobs below the same one.
 */

const VERSION = /^\/(v[0-9][A-Za-z0-9._-]*)(?=\/|$)/;
/** Never part of the client API, whatever the prefix: the workers', the public and the probes' paths, and the sign-in. */
const FIXED = /^\/(?:_worker|_public|skills)(?:\/|$)|^\/api\/auth(?:\/|$)/;
/** At the root, where orchestrators of containers ask, and below `/api`. */
const PROBE = /^\/(?:healthz|startupz|(?:livez|readyz)(?:\/[^/]+)?)$/;
/** Also at the root, where clients of the original ask for it. */
const PROCESS_STATUS = /^\/process\/[^/]+\/status\/?$/;

export interface ApiPlace {
  /** Null: none was given. */
  version: string | null;
  /** Behind prefix and version, with its slash; empty for the root itself. */
  rest: string;
  /** What stood before `rest`, as in `/api/v1`. */
  base: string;
}

/**
 * Where in the client API a path points; null when it does not. `prefix` has no slashes at its ends; when it is empty the
 * API answers at the root, too.
 */
export function apiPlaceOf(pathname: string, prefix: string): ApiPlace | null {
  if (FIXED.test(pathname) || PROBE.test(pathname)) return null;
  for (const root of prefix === "api" ? ["/api"] : ["/api", prefix === "" ? "" : `/${prefix}`]) {
    if (root !== "" && pathname !== root && !pathname.startsWith(`${root}/`)) continue;
    const below = pathname.slice(root.length);
    const version = VERSION.exec(below)?.[1] ?? null;
    const base = version === null ? root : `${root}/${version}`;
    return { version, rest: pathname.slice(base.length), base };
  }
  return null;
}

/** The one path that an operation is mounted at, for each of those at which it is asked for. */
export function mountedPath(pathname: string, prefix: string): string {
  const place = apiPlaceOf(pathname, prefix);
  const rest = place ? place.rest : pathname;
  if (PROCESS_STATUS.test(rest)) return rest.replace(/\/$/, "");
  if (PROBE.test(rest)) return rest;
  if (!place) return pathname;
  return /^\/process\/?$/.test(rest) ? "/api/process/" : `/api/v1${rest}`;
}

/**
 * Whether a request goes to the API, in place of the pages. With an empty prefix both are at the root: paths with a version
 * are the API's, and of the others those that come with a token of a client, which browsers do not send to pages.
 */
export function isApiRequest(url: string, headers: Record<string, unknown>, prefix: string): boolean {
  const path = url.split("?", 1)[0] ?? url;
  if (/^\/(?:api|_worker|_public|skills)(?:\/|$)/.test(path)) return true;
  if (PROBE.test(path) || PROCESS_STATUS.test(path)) return true;
  if (prefix !== "") return prefix !== "api" && (path === `/${prefix}` || path.startsWith(`/${prefix}/`));
  return VERSION.test(path) || "x-client-token" in headers || /^bearer /i.test(String(headers.authorization ?? ""));
}
