import { createHash, timingSafeEqual } from "node:crypto";
import { ApiError } from "@/server/errors";

/** A stored token: `worker` is the name, or a pattern with `*` and `?`, of those who may use it; null: everybody. */
export interface WorkerToken {
  worker: string | null;
}

/** The stored tokens; only their SHA-256 is known. */
export interface WorkerTokens {
  find(hash: Uint8Array): Promise<WorkerToken | null>;
  /** True when a worker of exactly this name has a token of its own. */
  hasOwn(worker: string): Promise<boolean>;
}

export interface WorkerAuthentication {
  /** Throws 401 unless this token may speak for this worker. */
  check(token: string | undefined, worker: string): Promise<void>;
}

/** Refused tokens are looked up each time; good ones are believed this long, so a revoked one works no longer either. */
const BELIEVED_MS = 5_000;
const MOST_BELIEVED = 10_000;

/**
 * Tokens of remote workers. The global token speaks for every worker that has none of its own; an individual one only
 * for the worker, or the pattern of workers, that it was made for.
 */
export function createWorkerAuthentication(tokens: WorkerTokens, globalToken: string | null): WorkerAuthentication {
  const believed = new Map<string, number>();
  const globalHash = globalToken === null ? null : sha256(globalToken);

  async function mayUse(hash: Uint8Array, worker: string): Promise<boolean> {
    const stored = await tokens.find(hash);
    if (stored?.worker) return matchesPattern(worker, stored.worker);
    const shared = stored !== null || (globalHash !== null && timingSafeEqual(hash, globalHash));
    return shared && !(await tokens.hasOwn(worker));
  }

  return {
    async check(token, worker) {
      if (!token) throw unauthorized("Missing X-Worker-Token header");
      const hash = sha256(token);
      const key = `${hash.toString("base64")} ${worker}`;
      const until = believed.get(key);
      if (until !== undefined && until > performance.now()) return;
      believed.delete(key);
      if (!(await mayUse(hash, worker))) throw unauthorized(`Invalid worker token for worker '${worker}'`);
      if (believed.size >= MOST_BELIEVED) believed.clear();
      believed.set(key, performance.now() + BELIEVED_MS);
    },
  };
}

/** 401 in the words that worker libraries look for. */
export function unauthorized(reason: string): ApiError {
  return new ApiError(401, "invalid_token", `Unauthorized: ${reason}`);
}

function sha256(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}

/** `*` is any number of characters, `?` is one. */
export function matchesPattern(name: string, pattern: string): boolean {
  const source = [...pattern].map((sign) => (sign === "*" ? ".*" : sign === "?" ? "." : escaped(sign))).join("");
  return new RegExp(`^${source.replaceAll(/(?:\.\*)+/g, ".*")}$`, "su").test(name);
}

function escaped(sign: string): string {
  return sign.replace(/[\\^$.*+?()[\]{}|/]/, "\\$&");
}
