import { createHash, randomBytes } from "node:crypto";
import { expect, inject } from "vitest";
import { recordUse } from "@/test/support/record-use";

/**
 * Address of the Redis that the whole run shares: use `testKeyPrefix()` and never FLUSHALL. Tests that empty, stop or
 * restart a Redis take one of their own from `test/support/own-servers`.
 */
export function testRedisUrl(): string {
  const url = inject("redisUrl");
  if (url === "") {
    throw new Error(
      `No Redis for the tests: ${inject("redisMissing")}. Install redis-server 6.2 or newer and run again.`,
    );
  }
  recordUse("redis");
  return url;
}

/** A key prefix that belongs to one test file of one run, e.g. `t:4f2a…:`. Different at each call. */
export function testKeyPrefix(): string {
  const file = createHash("sha256")
    .update(expect.getState().testPath ?? "")
    .digest("hex")
    .slice(0, 6);
  return `t:${file}:${randomBytes(4).toString("hex")}:`;
}
