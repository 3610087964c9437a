import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Redis } from "ioredis";
import { afterAll, afterEach, beforeAll, describe, expect, inject, it } from "vitest";
import { isAlive, waitForExit } from "@/server/local/process-info";
import { type RunningRedis, startRedis } from "@/server/local/redis";
import { recordUse } from "@/test/support/record-use";

let dataFolder: string;
let running: RunningRedis | undefined;

beforeAll(() => {
  recordUse("redis");
  dataFolder = mkdtempSync(join(inject("runFolder"), "redis test "));
});
afterEach(() => running?.stop());
afterAll(() => rmSync(dataFolder, { recursive: true, force: true, maxRetries: 5 }));

async function start(persistent = true): Promise<RunningRedis> {
  const redis = await startRedis({ dataFolder, persistent });
  if ("reason" in redis) throw new Error(redis.reason);
  running = redis;
  return redis;
}

async function ask<Answer>(url: string, question: (redis: Redis) => Promise<Answer>): Promise<Answer> {
  const redis = new Redis(url, { maxRetriesPerRequest: 1, retryStrategy: () => null });
  redis.on("error", () => undefined);
  try {
    return await question(redis);
  } finally {
    redis.disconnect();
  }
}

describe("the local Redis", () => {
  it("keeps its data and its password over an orderly restart", async () => {
    const first = await start();
    expect(first.version).toMatch(/^\d+\.\d+/);
    await ask(first.url, (redis) => redis.set("kept", "yes"));
    await first.stop();
    expect(isAlive(first.pid)).toBe(false);

    const second = await start();
    expect(new URL(second.url).password).toBe(new URL(first.url).password);
    expect(await ask(second.url, (redis) => redis.get("kept"))).toBe("yes");
  });

  it("is set up to lose at most a second, to evict nothing, and to let nobody in without the password", async () => {
    const { url, port } = await start();
    const setting = (name: string) => ask(url, async (redis) => (await redis.config("GET", name)) as string[]);
    expect(await setting("appendonly")).toEqual(["appendonly", "yes"]);
    expect(await setting("appendfsync")).toEqual(["appendfsync", "everysec"]);
    expect(await setting("maxmemory-policy")).toEqual(["maxmemory-policy", "noeviction"]);
    expect(await setting("bind")).toEqual(["bind", "127.0.0.1"]);
    expect(statSync(join(dataFolder, "redis/redis.conf")).mode & 0o777).toBe(0o600);
    await expect(ask(`redis://127.0.0.1:${port}`, (redis) => redis.get("kept"))).rejects.toThrow();
  });

  it("is taken over when it still runs", async () => {
    const first = await start();
    const again = await startRedis({ dataFolder });
    expect(again).toMatchObject({ reused: true, pid: first.pid, url: first.url });
  });

  it("comes back with its data after kill -9", async () => {
    const killed = await start();
    await ask(killed.url, async (redis) => {
      await redis.xadd("stream", "*", "field", "value");
      await redis.xgroup("CREATE", "stream", "group", "0");
      await redis.bgrewriteaof();
    });
    // The file is flushed once a second.
    await expect
      .poll(() => ask(killed.url, async (redis) => /aof_pending_bio_fsync:0/.test(await redis.info("persistence"))))
      .toBe(true);
    await new Promise((resolve) => setTimeout(resolve, 1_100));
    process.kill(killed.pid, "SIGKILL");
    await waitForExit(killed.pid, 5_000);

    const { url, reused } = await start();
    expect(reused).toBe(false);
    expect(await ask(url, (redis) => redis.xlen("stream"))).toBe(1);
    expect(await ask(url, (redis) => redis.xinfo("GROUPS", "stream"))).toHaveLength(1);
  });

  it("is not mistaken for another process when the pid file is stale", async () => {
    const { stop } = await start();
    await stop();
    writeFileSync(join(dataFolder, "redis/redis.pid"), String(process.pid));
    const { reused, url } = await start();
    expect(reused).toBe(false);
    expect(await ask(url, (redis) => redis.ping())).toBe("PONG");
    expect(readFileSync(join(dataFolder, "redis/redis.pid"), "utf8").trim()).toBe(String(running?.pid));
  });
});
