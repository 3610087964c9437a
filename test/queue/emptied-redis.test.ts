import { Redis } from "ioredis";
import { afterEach, beforeEach, expect, it } from "vitest";
import type { Signal } from "@/server/engine/signal";
import type { RunningRedis } from "@/server/local/redis";
import { type Database, openDatabase } from "@/server/store/database";
import { createQueueStore } from "@/server/store/queue-store";
import { createTestDatabase, type TestDatabase } from "@/test/support/database";
import { type OwnServer, startOwnRedis } from "@/test/support/own-servers";
import { ALL_PARTITIONS, resultOf, takeSignals, taskMessage } from "./queue-world";
import { createRedisWorld, type RedisWorld } from "./redis-world";

let own: OwnServer<RunningRedis>;
let database: TestDatabase;
let store: Database;
let world: RedisWorld;

beforeEach(async () => {
  own = await startOwnRedis({ persistent: false });
  database = await createTestDatabase();
  store = openDatabase(database.url, { max: 3, name: "test" });
  world = createRedisWorld(own.now.url, "e:", () => createQueueStore(store));
});
afterEach(async () => {
  await world.close();
  await store.close();
  await database.drop();
  await own.remove();
});

// Found by the delivery model (`started_result_in_redis_only`): the task's row says that a living session runs it, so
// neither the reconciler nor the reaper would ever have looked at it again.
it("the result of a task whose start was reported outlives a Redis that is emptied before it is read", async () => {
  const engine = world.engine();
  const worker = world.worker();
  const message = taskMessage();
  await world.offer(engine, [message]);
  const [delivery] = await worker.take(["echo"], 1, 2_000);
  const { jobId, no, fence } = message;
  const started: Signal = { kind: "task_started", jobId, no, fence, worker: "w1", session: "s" };
  await worker.report([{ signal: started, receipt: delivery?.receipt ?? null }]);
  await world.commit(engine, await takeSignals(engine, 1));

  await worker.report([{ signal: resultOf(message), receipt: null }]);
  const redis = new Redis(own.now.url);
  await redis.flushall();
  redis.disconnect();
  await engine.epochChanged();
  const after = await takeSignals(engine, 1);
  expect(after.map(({ signal }) => signal)).toEqual([resultOf(message)]);
  await world.commit(engine, after);
  expect(await engine.takeSignals(ALL_PARTITIONS, 10, 1_000)).toEqual([]);
});
