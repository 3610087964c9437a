import type { Redis } from "ioredis";

/**
 * Makes sure that streams exist with their consumer group. Groups begin at `0`, never at `$`: entries that were added
 * before the group came (back) to life are read, not skipped. Rejects when Redis does not answer.
 */
export async function ensureGroups(redis: Redis, streams: string[], group: string): Promise<void> {
  if (streams.length === 0) return;
  const pipeline = redis.pipeline();
  for (const stream of streams) pipeline.xgroup("CREATE", stream, group, "0", "MKSTREAM");
  const replies = (await pipeline.exec()) ?? [];
  for (const [error] of replies) if (error && !error.message.startsWith("BUSYGROUP")) throw error;
}
