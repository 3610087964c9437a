import { createHash } from "node:crypto";

/** What is stored of a token: tokens have enough randomness of their own for a plain hash. */
export function tokenHash(token: string): Buffer {
  return createHash("sha256").update(token).digest();
}
