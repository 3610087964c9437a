import { createHash, timingSafeEqual } from "node:crypto";

/** Who may read metrics. */
export interface MetricsDoor {
  requireAuth: boolean;
  /** Null: no key is good. */
  token: string | null;
}

export interface MetricsRefusal {
  status: 401 | 403;
  error: string;
}

/**
 * Whether somebody who sent these headers (null: not sent) may read metrics; null: come in. 401 without a key, 403 with a
 * wrong one, and with any while none is configured.
 */
export function metricsRefusal(
  { requireAuth, token }: MetricsDoor,
  sent: { apiKey: string | null; authorization: string | null },
): MetricsRefusal | null {
  if (!requireAuth) return null;
  const key = sent.apiKey || /^Bearer +(\S+)$/i.exec(sent.authorization ?? "")?.[1];
  if (!key) return { status: 401, error: "Metrics want a key: send it as X-API-Key or as bearer" };
  if (token === null) return { status: 403, error: "No key is configured here: set METRICS_TOKEN" };
  return isSame(key, token) ? null : { status: 403, error: "This key is not METRICS_TOKEN" };
}

/** Takes as long for any key. */
function isSame(given: string, wanted: string): boolean {
  const digest = (text: string) => createHash("sha256").update(text).digest();
  return timingSafeEqual(digest(given), digest(wanted));
}
