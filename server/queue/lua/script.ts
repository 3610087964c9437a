import { createHash } from "node:crypto";
import type { Redis } from "ioredis";

/** A Lua program with the digest under which Redis keeps it. */
export interface Script {
  text: string;
  sha: string;
}

export function script(text: string): Script {
  return { text, sha: createHash("sha1").update(text).digest("hex") };
}

/** Runs a script by its digest, and by its text when this life of Redis has not seen it yet. */
export async function runScript(
  redis: Redis,
  { text, sha }: Script,
  keys: string[],
  args: (string | number)[],
): Promise<unknown> {
  try {
    return await redis.call("EVALSHA", sha, keys.length, ...keys, ...args);
  } catch (error) {
    if (!(error instanceof Error) || !error.message.includes("NOSCRIPT")) throw error;
    return redis.call("EVAL", text, keys.length, ...keys, ...args);
  }
}
