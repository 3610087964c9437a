import type { Config } from "@/server/config";

const API_HEADERS = {
  "x-content-type-options": "nosniff",
  "referrer-policy": "no-referrer",
  "cross-origin-resource-policy": "same-origin",
  "x-frame-options": "DENY",
  "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
  "cache-control": "no-store",
};
const SECURE = { "strict-transport-security": "max-age=31536000; includeSubDomains" };

/** On every answer of the API. Nothing of it may be framed, guessed at, cached or read by other sites. */
export function apiHeaders(requestId: string, secure: boolean): Record<string, string> {
  return { ...API_HEADERS, "x-request-id": requestId, ...(secure ? SECURE : {}) };
}

/** Sets them on an answer that may have some of its own. */
export function setApiHeaders(headers: Headers, requestId: string, secure: boolean): void {
  for (const [name, value] of Object.entries(apiHeaders(requestId, secure)))
    if (!headers.has(name)) headers.set(name, value);
}

/** Whether browsers see this server over HTTPS: by its public address, else by what a trusted proxy tells. */
export function isSecure(
  config: Pick<Config, "publicUrl" | "trustProxy">,
  forwardedProto: string | undefined,
): boolean {
  return config.publicUrl?.startsWith("https://") ?? (config.trustProxy && forwardedProto === "https");
}

/**
 * The policy of a page, with its nonce: scripts only with the nonce, nothing inline, no eval. Style *attributes* are
 * allowed because the graph positions its nodes with them when rendered on the server; they cannot run anything.
 * In development React's refresh needs eval and a WebSocket.
 */
export function pagePolicy(nonce: string, dev: boolean): string {
  return [
    "default-src 'none'",
    `script-src 'nonce-${nonce}' 'strict-dynamic'${dev ? " 'unsafe-eval'" : ""}`,
    `style-src 'self' ${dev ? "'unsafe-inline'" : `'nonce-${nonce}'`}`,
    "style-src-attr 'unsafe-inline'",
    "img-src 'self' data:",
    "font-src 'self'",
    `connect-src 'self'${dev ? " ws: wss:" : ""}`,
    "worker-src 'self'",
    "manifest-src 'self'",
    "frame-ancestors 'none'",
    "base-uri 'none'",
    "form-action 'self'",
  ].join("; ");
}

/** On every page and asset. */
export const PAGE_HEADERS: readonly (readonly [string, string])[] = [
  ["x-content-type-options", "nosniff"],
  ["referrer-policy", "no-referrer"],
  ["x-frame-options", "DENY"],
  ["cross-origin-opener-policy", "same-origin"],
  ["cross-origin-resource-policy", "same-origin"],
  ["permissions-policy", "camera=(), microphone=(), geolocation=()"],
];
