import { connect, createServer } from "node:net";
import { Redis } from "ioredis";
import { Client } from "pg";
import { afterAll, beforeAll, expect, it } from "vitest";
import { createTestDatabase, type TestDatabase } from "@/test/support/database";
import { testKeyPrefix, testRedisUrl } from "@/test/support/redis";
import { startTcpProxy, throughPort } from "@/test/support/tcp-proxy";

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.drop());

it("gives every test file a database of its own", async () => {
  const other = await createTestDatabase();
  expect(other.url).not.toBe(database.url);
  const client = new Client({ connectionString: other.url });
  await client.connect();
  await client.query("CREATE TABLE only_here (id int)");
  await client.end();
  const elsewhere = new Client({ connectionString: database.url });
  await elsewhere.connect();
  const { rows } = await elsewhere.query("SELECT to_regclass('only_here') AS found");
  await elsewhere.end();
  await other.drop();
  expect(rows).toEqual([{ found: null }]);
});

it("reaches the shared Redis through a proxy that can go silent", async () => {
  const proxy = await startTcpProxy({ port: Number(new URL(testRedisUrl()).port) });
  const redis = new Redis(throughPort(testRedisUrl(), proxy.port), { commandTimeout: 300, maxRetriesPerRequest: 0 });
  redis.on("error", () => undefined);
  const key = `${testKeyPrefix()}greeting`;
  await redis.set(key, "hello", "EX", 60);
  proxy.silence();
  await expect(redis.get(key)).rejects.toThrow("Command timed out");
  expect(proxy.connections()).toBe(1);
  proxy.resume();
  expect(await redis.get(key)).toBe("hello");
  proxy.refuse();
  await expect(redis.get(key)).rejects.toThrow();
  redis.disconnect();
  await proxy.close();
});

it("lets what was held back by a silent proxy arrive later", async () => {
  const received: string[] = [];
  const server = createServer((socket) => {
    socket.on("data", (data) => received.push(data.toString())).on("error", () => undefined);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const proxy = await startTcpProxy({ port: (server.address() as { port: number }).port });
  const client = connect({ port: proxy.port, host: "127.0.0.1" });
  client.write("one ");
  await expect.poll(() => received.join("")).toBe("one ");
  proxy.silence();
  client.write("two");
  expect(received.join("")).toBe("one ");
  proxy.resume();
  await expect.poll(() => received.join("")).toBe("one two");
  client.destroy();
  await proxy.close();
  server.close();
});
