import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { inject } from "vitest";
import { type RunningPostgres, startPostgres } from "@/server/local/postgres";
import { endProcess } from "@/server/local/process-info";
import { type RunningRedis, startRedis } from "@/server/local/redis";
import { recordUse } from "@/test/support/record-use";

export interface OwnServer<Running> {
  /** The server as it runs now; its `url` stays the same over restarts. */
  readonly now: Running;
  /** `kill -9`; resolves when the process is gone. */
  kill(): Promise<void>;
  /** Ends it in order. */
  stop(): Promise<void>;
  /** Starts it again on the same port with the same data. */
  start(): Promise<void>;
  /** Ends it and removes its files. */
  remove(): Promise<void>;
}

/** A Postgres of one's own, for tests that stop, kill or restart it. Its database `batuta` is empty: migrate it. */
export async function startOwnPostgres(): Promise<OwnServer<RunningPostgres>> {
  recordUse("postgres");
  return ownServer((dataFolder, port) => startPostgres({ dataFolder, port, durable: false }));
}

/** A Redis of one's own, for tests that empty, stop, kill or restart it. */
export async function startOwnRedis(options: { persistent: boolean }): Promise<OwnServer<RunningRedis>> {
  recordUse("redis");
  return ownServer(async (dataFolder, port) => {
    const redis = await startRedis({ dataFolder, port, ...options });
    if ("reason" in redis) throw new Error(`No Redis for the tests: ${redis.reason}`);
    return redis;
  });
}

async function ownServer<Running extends { pid: number; port: number; stop(): Promise<void> }>(
  launch: (dataFolder: string, port: number | undefined) => Promise<Running>,
): Promise<OwnServer<Running>> {
  const folder = mkdtempSync(join(inject("runFolder"), "own-"));
  chmodSync(folder, 0o755);
  let running = await launch(folder, undefined);
  return {
    get now() {
      return running;
    },
    async kill() {
      await endProcess(running.pid, "SIGKILL", 5_000);
    },
    stop: () => running.stop(),
    async start() {
      running = await launch(folder, running.port);
    },
    async remove() {
      await running.stop();
      rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}
