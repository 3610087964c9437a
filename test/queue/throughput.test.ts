import { afterAll, beforeAll, expect, it } from "vitest";
import { type Database, openDatabase } from "@/server/store/database";
import { createTestDatabase, type TestDatabase } from "@/test/support/database";
import { testKeyPrefix, testRedisUrl } from "@/test/support/redis";
import { createPostgresWorld } from "./postgres-world";
import { ALL_PARTITIONS, type QueueWorld, resultOf, taskMessages } from "./queue-world";
import { createRedisWorld } from "./redis-world";

let home: TestDatabase;
let database: Database;
beforeAll(async () => {
  home = await createTestDatabase();
  database = openDatabase(home.url, { max: 6, name: "test" });
});
afterAll(async () => {
  await database.close();
  await home.drop();
});

/** Moves `count` tasks to a worker and their results back, in batches as a busy engine does, and prints the rate. */
async function move(world: QueueWorld, count: number): Promise<number> {
  const engine = world.engine();
  const worker = world.worker();
  await world.offer(engine, taskMessages(1));
  const start = performance.now();
  const usage = process.cpuUsage();
  const sending = (async () => {
    for (let sent = 1; sent < count; ) {
      const batch = taskMessages(Math.min(200, count - sent, engine.kind === "redis" ? engine.credit("echo") : 200));
      if (engine.kind === "redis") engine.announce(batch);
      else await world.offer(engine, batch);
      sent += batch.length;
      await new Promise((resolve) => setImmediate(resolve));
    }
  })();
  const working = (async () => {
    for (let done = 0; done < count; ) {
      const deliveries = await worker.take(["echo"], 200, 2_000);
      await worker.report(deliveries.map(({ message, receipt }) => ({ signal: resultOf(message), receipt })));
      done += deliveries.length;
    }
  })();
  let settled = 0;
  while (settled < count) {
    const received = await engine.takeSignals(ALL_PARTITIONS, 500, 2_000);
    await world.commit(engine, received);
    settled += received.length;
  }
  await Promise.all([sending, working]);
  const rate = Math.round((count / (performance.now() - start)) * 1_000);
  const { user, system } = process.cpuUsage(usage);
  const cpu = Math.round((user + system) / count);
  console.log(`${engine.kind}: ${count} tasks out and back, ${rate}/s, ${cpu} µs of this process each`);
  await world.close();
  return settled;
}

it("moves tasks out and results back on Redis", async () => {
  expect(await move(createRedisWorld(testRedisUrl(), testKeyPrefix()), 20_000)).toBe(20_000);
});

it("moves tasks out and results back on Postgres", async () => {
  expect(await move(createPostgresWorld(database), 2_000)).toBe(2_000);
});
