import { connectWriter } from "./connection";
import type { TroubleListener } from "./trouble";

const KEYS_AT_ONCE = 1_000;

/**
 * Deletes every key below the prefix and says how many there were. Other keys of the same Redis are not touched. Nothing is
 * lost by it: what the keys said is found again in Postgres, as after a loss of Redis.
 */
export async function flushKeys(options: {
  url: string;
  prefix: string;
  onTrouble?: TroubleListener;
}): Promise<number> {
  const redis = connectWriter({ url: options.url, name: "batuta flush", onTrouble: options.onTrouble });
  const pattern = `${options.prefix.replace(/[\\*?[\]]/g, "\\$&")}*`;
  let deleted = 0;
  try {
    let cursor = "0";
    do {
      const [next, keys] = await redis.scan(cursor, "MATCH", pattern, "COUNT", KEYS_AT_ONCE);
      if (keys.length > 0) deleted += await redis.unlink(keys);
      cursor = next;
    } while (cursor !== "0");
    return deleted;
  } finally {
    redis.disconnect();
  }
}
