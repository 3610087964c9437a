import { KeptServer } from "@/server/local/kept-server";
import { startPostgres } from "@/server/local/postgres";
import { startRedis } from "@/server/local/redis";
import type { LocalSettings } from "@/server/local/settings";

/** Postgres and Redis, given or made. */
export interface Stores {
  databaseUrl: string;
  /** `undefined`: none could be had, the queue runs on Postgres. */
  redisUrl: string | undefined;
  /** Ends those that were made here: Redis first, Postgres last. */
  stop(): Promise<void>;
}

/** Finds or makes Postgres and Redis and keeps those that are ours running. */
export async function openStores(
  settings: LocalSettings,
  projectFolder: string,
  say: (line: string) => void,
): Promise<Stores> {
  const ours: KeptServer<{ pid: number; port: number; stop(): Promise<void> }>[] = [];
  const stop = async () => {
    for (const server of ours.splice(0).reverse()) await server.stop();
  };
  try {
    const databaseUrl = settings.databaseUrl ?? (await ownPostgres());
    const redisUrl =
      settings.redisUrl === "off" ? without("BATUTA_REDIS=off") : (settings.redisUrl ?? (await ownRedis()));
    return { databaseUrl, redisUrl, stop };
  } catch (error) {
    await stop();
    throw error;
  }

  async function ownPostgres(): Promise<string> {
    const launch = (port?: number) =>
      startPostgres({ dataFolder: settings.dataFolder, projectFolder, port, progress: say });
    const postgres = await launch();
    ours.push(new KeptServer("Postgres", postgres, launch, say));
    say(`Postgres ${postgres.reused ? "still runs" : "runs"} on port ${postgres.port} (${postgres.dataDirectory})`);
    return postgres.url;
  }

  async function ownRedis(): Promise<string | undefined> {
    const launch = async (port?: number) => {
      const found = await startRedis({ dataFolder: settings.dataFolder, port, progress: say });
      if ("reason" in found) throw new Error(found.reason);
      return found;
    };
    const redis = await startRedis({ dataFolder: settings.dataFolder, progress: say });
    if ("reason" in redis) return without(redis.reason);
    ours.push(new KeptServer("Redis", redis, launch, say));
    say(`${redis.reused ? "Redis still runs" : `Redis ${redis.version} runs`} on port ${redis.port}`);
    return redis.url;
  }

  function without(reason: string): undefined {
    say(`No Redis (${reason}).`);
    say("  The queue runs on Postgres instead: everything works, with fewer tasks a second.");
    if (reason !== "BATUTA_REDIS=off") {
      const install = process.platform === "darwin" ? "brew install redis" : "install redis-server 6.2 or newer";
      say(`  To have one: ${install}, or set REDIS_URL.`);
    }
    return undefined;
  }
}
