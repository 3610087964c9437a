import { connectWriter } from "@/server/queue/connection";
import { createKeys } from "@/server/queue/keys";
import { rateLimitScript } from "@/server/queue/lua/rate-limit";
import { runScript } from "@/server/queue/lua/script";
import { quietTrouble, type TroubleListener } from "@/server/queue/trouble";

/** A request waits no longer than this for Redis. */
const PATIENCE_MS = 150;
/** After Redis failed to answer, nobody waits for it for so long. */
const SHUN_MS = 1_000;

/** What all processes together have spent. */
export interface RedisLimitStore {
  /**
   * Grants as much of `cost` as there is room for in `limit` per `periodMs` (0: only looks). `spentMs`: until all that
   * was spent has come back. Null: it cannot tell at the moment.
   */
  take(
    key: string,
    rate: { limit: number; periodMs: number },
    cost: number,
  ): Promise<{ granted: number; spentMs: number } | null>;
  close(): void;
}

/**
 * What callers have spent, in Redis, for all processes. Answers null at once while Redis is away or does not answer in
 * time: then the caller counts by itself.
 */
export function createRedisLimitStore(options: {
  url: string;
  prefix?: string;
  onTrouble?: TroubleListener;
}): RedisLimitStore {
  const redis = connectWriter({ url: options.url, name: "limits", onTrouble: options.onTrouble });
  const { limitKey } = createKeys(options.prefix);
  const tell = quietTrouble(options.onTrouble);
  let shunnedUntil = 0;

  async function ask(key: string, periodMs: number, limit: number, cost: number): Promise<[number, number]> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Error(`no answer within ${PATIENCE_MS} ms`)), PATIENCE_MS);
    });
    const asked = runScript(redis, rateLimitScript, [limitKey(key)], [periodMs * 1000, limit, cost]);
    try {
      return (await Promise.race([asked, late])) as [number, number];
    } finally {
      clearTimeout(timer);
      asked.catch((error: unknown) => tell("A late answer about limits was none", error));
    }
  }

  return {
    async take(key, { periodMs, limit }, cost) {
      if (redis.status !== "ready" || performance.now() < shunnedUntil) return null;
      try {
        const [granted, spentUs] = await ask(key, periodMs, limit, cost);
        return { granted, spentMs: spentUs / 1000 };
      } catch (error) {
        shunnedUntil = performance.now() + SHUN_MS;
        tell("Redis did not say what was spent; each process counts by itself", error);
        return null;
      }
    },
    close() {
      redis.disconnect();
    },
  };
}
