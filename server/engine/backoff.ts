import type { RetryPolicy } from "@/lib/blueprint/document";
import { DEFAULT_RETRY } from "./limits";

/**
 * How long attempt `attempt + 1` waits after attempt `attempt` failed, in milliseconds: exponential with full jitter
 * (https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/). `random` is 0 ≤ x < 1.
 */
export function backoffMs(policy: RetryPolicy | undefined, attempt: number, random: () => number): number {
  const base = policy?.base_ms ?? DEFAULT_RETRY.baseMs;
  const max = policy?.max_ms ?? DEFAULT_RETRY.maxMs;
  const ceiling = Math.min(max, base * 2 ** Math.min(attempt - 1, 30));
  const jitter = policy?.jitter ?? DEFAULT_RETRY.jitter;
  return Math.round(jitter ? ceiling * random() : ceiling);
}

/** Attempts in all, the first included. */
export function maxAttempts(policy: RetryPolicy | undefined): number {
  return policy?.max_attempts ?? DEFAULT_RETRY.maxAttempts;
}
