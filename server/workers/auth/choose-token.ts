import { timingSafeEqual } from "node:crypto";
import { isPattern, matchesPattern } from "./pattern";

/** A stored token that could speak for a worker; only its SHA-256 is known. */
export interface StoredToken {
  id: number;
  /** A name, or a pattern of names; null: everybody. */
  worker: string | null;
  /** The only skills that it is good for; null: any. */
  skills: readonly string[] | null;
  hash: Uint8Array;
}

/**
 * The tokens that count for a worker: those of exactly its name; without such those whose pattern it matches, the longest
 * pattern first; without such either those for everybody.
 */
export function countingTokens(tokens: readonly StoredToken[], worker: string): StoredToken[] {
  const exact = tokens.filter((token) => token.worker === worker);
  if (exact.length > 0) return exact;
  const matching = tokens
    .filter(({ worker: pattern }) => pattern !== null && isPattern(pattern) && matchesPattern(worker, pattern))
    .sort((a, b) => (b.worker?.length ?? 0) - (a.worker?.length ?? 0) || a.id - b.id);
  if (matching.length > 0) return matching;
  return tokens.filter((token) => token.worker === null);
}

/** The one of them that has this hash. Looks at all of them, so that its time does not tell which it is. */
export function tokenOfHash(tokens: readonly StoredToken[], hash: Uint8Array): StoredToken | null {
  let found: StoredToken | null = null;
  for (const token of tokens) if (sameHash(token.hash, hash)) found ??= token;
  return found;
}

export function sameHash(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && timingSafeEqual(a, b);
}
