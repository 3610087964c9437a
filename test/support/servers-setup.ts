import { existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import { Client } from "pg";
import type { TestProject } from "vitest/node";
import { startPostgres } from "@/server/local/postgres";
import { startRedis } from "@/server/local/redis";
import { makeRunFolder, removeAbandonedRunFolders } from "@/test/support/run-folder";

declare module "vitest" {
  interface ProvidedContext {
    /** Folder of this test run. */
    runFolder: string;
    /** Superuser of the shared Postgres, database `postgres`. */
    postgresUrl: string;
    /** The shared Redis; empty when none can be had. */
    redisUrl: string;
    /** Why there is no Redis. */
    redisMissing: string;
  }
}

/** Name of the migrated database that `createTestDatabase` clones. */
export const templateDatabase = "batuta_template";

interface Servers {
  runFolder: string;
  postgresUrl: string;
  redisUrl: string;
  redisMissing: string;
  stop(): Promise<void>;
}

// Two test projects run this file, each with modules of its own; the servers are shared.
const shared = globalThis as { [key: symbol]: { servers: Promise<Servers>; users: number } | undefined };
const key = Symbol.for("batuta.test.servers");

/** Starts one real Postgres and one real Redis for the whole run and hands their addresses to the tests. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  shared[key] ??= { servers: startServers(), users: 0 };
  const entry = shared[key];
  entry.users++;
  const { stop, ...addresses } = await entry.servers;
  for (const [name, value] of Object.entries(addresses)) project.provide(name as keyof typeof addresses, value);
  return async () => {
    if (--entry.users > 0) return;
    shared[key] = undefined;
    await stop();
  };
}

async function startServers(): Promise<Servers> {
  await removeAbandonedRunFolders();
  const dataFolder = makeRunFolder();
  const progress = (line: string) => console.log(`test servers: ${line}`);
  const postgres = await startPostgres({ dataFolder, durable: false, progress });
  const redis =
    process.env.BATUTA_REDIS === "off"
      ? { reason: "BATUTA_REDIS=off" }
      : await startRedis({ dataFolder, persistent: false, progress });
  const postgresUrl = inDatabase(postgres.url, "postgres");
  await makeTemplate(postgresUrl);
  return {
    runFolder: dataFolder,
    postgresUrl,
    redisUrl: "url" in redis ? redis.url : "",
    redisMissing: "reason" in redis ? redis.reason : "",
    async stop() {
      if ("stop" in redis) await redis.stop();
      await postgres.stop();
      rmSync(dataFolder, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

async function makeTemplate(postgresUrl: string): Promise<void> {
  const client = new Client({ connectionString: postgresUrl });
  await client.connect();
  await client.query(`CREATE DATABASE ${templateDatabase}`);
  await client.end();
  if (!existsSync(join(import.meta.dirname, "../../server/store/migrate.ts"))) return;
  const { migrate } = await import("@/server/store/migrate");
  await migrate(inDatabase(postgresUrl, templateDatabase));
}

/** The same server and user, another database. */
export function inDatabase(url: string, database: string): string {
  const address = new URL(url);
  address.pathname = `/${database}`;
  return address.href;
}
