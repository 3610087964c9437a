import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { createRedisLimitStore, type RedisLimitStore } from "@/server/queue/redis-limit-store";
import { testKeyPrefix, testRedisUrl } from "@/test/support/redis";

const prefix = testKeyPrefix();
const hour = { limit: 10, periodMs: 3_600_000 };
let one: RedisLimitStore;
let two: RedisLimitStore;

beforeAll(async () => {
  one = createRedisLimitStore({ url: testRedisUrl(), prefix });
  two = createRedisLimitStore({ url: testRedisUrl(), prefix });
  for (const store of [one, two]) await vi.waitUntil(async () => (await store.take("warm", hour, 0)) !== null);
});
afterAll(() => {
  one?.close();
  two?.close();
});

test("two processes spend from one limit; of what is too much, the rest is granted", async () => {
  expect(await one.take("a", hour, 0)).toEqual({ granted: 0, spentMs: 0 });
  expect(await one.take("a", hour, 7)).toMatchObject({ granted: 7 });
  const rest = await two.take("a", hour, 7);
  expect(rest?.granted).toBe(3);
  expect(rest?.spentMs).toBeGreaterThan(3_590_000);
  expect(rest?.spentMs).toBeLessThanOrEqual(3_600_000);
  expect(await one.take("a", hour, 1)).toMatchObject({ granted: 0 });
  expect(await two.take("b", hour, 1)).toMatchObject({ granted: 1 });
});

test("under a crowd exactly the limit is granted", async () => {
  const all = await Promise.all(Array.from({ length: 60 }, (_, n) => (n % 2 ? one : two).take("crowd", hour, 1)));
  expect(all.reduce((sum, answer) => sum + (answer?.granted ?? 0), 0)).toBe(10);
});

test("what was spent comes back, and then nothing is kept", async () => {
  const quick = { limit: 10, periodMs: 200 };
  expect(await one.take("quick", quick, 10)).toMatchObject({ granted: 10 });
  await expect.poll(async () => (await two.take("quick", quick, 0))?.spentMs).toBe(0);
  expect(await two.take("quick", quick, 10)).toMatchObject({ granted: 10 });
});

test("a Redis that is not there is not waited for", async () => {
  const nowhere = createRedisLimitStore({ url: "redis://127.0.0.1:1", prefix, onTrouble: () => undefined });
  expect(await nowhere.take("a", hour, 1)).toBeNull();
  nowhere.close();
});
