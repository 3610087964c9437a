import { afterAll, afterEach, beforeAll, describe } from "vitest";
import { type Database, openDatabase } from "@/server/store/database";
import { createQueueStore } from "@/server/store/queue-store";
import { createTestDatabase, type TestDatabase } from "@/test/support/database";
import { testKeyPrefix, testRedisUrl } from "@/test/support/redis";
import { queueSuite } from "./queue-suite";
import { createRedisWorld } from "./redis-world";

describe("the queue on Redis", () => {
  queueSuite(() => createRedisWorld(testRedisUrl(), testKeyPrefix()));
});

describe("the queue on Redis, with Postgres for large signals", () => {
  let home: TestDatabase;
  let database: Database;
  beforeAll(async () => {
    home = await createTestDatabase();
    database = openDatabase(home.url, { max: 4, name: "test" });
  });
  afterAll(async () => {
    await database.close();
    await home.drop();
  });
  afterEach(async () => {
    await database.pool.query("delete from signals");
  });
  queueSuite(() => createRedisWorld(testRedisUrl(), testKeyPrefix(), () => createQueueStore(database)));
});
