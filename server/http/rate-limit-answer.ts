import { ApiError } from "@/server/errors";
import type { LimitState } from "@/server/limits/rate-limits";

/** How a request stands with its limits, until its answer is made. */
const states = new WeakMap<object, LimitState>();

/** Keeps it for the headers of the answer. */
export function noteLimit(request: object, state: LimitState): void {
  states.set(request, state);
}

/** The same; throws 429 when the request is one too many. */
export function holdToLimit(request: object, state: LimitState): void {
  noteLimit(request, state);
  if (!state.allowed) throw tooManyRequests(state);
}

/** Sets `RateLimit-*` on the answer to a request that is counted; after the handler, whether it threw or not. */
export function setLimitHeaders(request: object, headers: Headers): void {
  const told: Record<string, string> = {};
  addLimitHeaders(request, told);
  for (const [name, value] of Object.entries(told)) headers.set(name, value);
}

/** The same for headers that are a plain object. */
export function addLimitHeaders(request: object, headers: Record<string, string>): void {
  const state = states.get(request);
  if (!state) return;
  const reset = Math.ceil(state.resetMs / 1000);
  headers["ratelimit-limit"] = String(state.limit);
  headers["ratelimit-remaining"] = String(state.remaining);
  headers["ratelimit-reset"] = String(reset);
  headers["ratelimit-policy"] = `"${state.name}";q=${state.limit};w=${Math.ceil(state.periodMs / 1000)}`;
  headers["ratelimit"] = `"${state.name}";r=${state.remaining};t=${reset}`;
}

/** 429 with the whole seconds to wait. */
export function tooManyRequests(state: LimitState): ApiError {
  const seconds = Math.max(1, Math.ceil(state.retryAfterMs / 1000));
  return new ApiError(429, "LIMIT_EXCEEDED_ERROR", "Too Many Requests", {
    headers: { "retry-after": String(seconds) },
  });
}
