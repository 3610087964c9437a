import { randomUUID } from "node:crypto";
import { Redis } from "ioredis";
import { afterEach, beforeEach, expect, it } from "vitest";
import { TASK_STATUS } from "@/server/engine/job";
import type { RunningRedis } from "@/server/local/redis";
import { createKeys } from "@/server/queue/keys";
import { openTransport, type Transport } from "@/server/queue/open-transport";
import { type Database, openDatabase } from "@/server/store/database";
import { createQueueStore } from "@/server/store/queue-store";
import { readTransport } from "@/server/store/transport";
import { createTestDatabase, type TestDatabase } from "@/test/support/database";
import { type OwnServer, startOwnRedis } from "@/test/support/own-servers";
import { resultOf, taskMessages, until } from "./queue-world";

let home: TestDatabase;
let database: Database;
let redis: OwnServer<RunningRedis>;
let transport: Transport;

beforeEach(async () => {
  home = await createTestDatabase();
  database = openDatabase(home.url, { max: 4, name: "test" });
  redis = await startOwnRedis({ persistent: false });
  const readRow = () => readTransport(database);
  transport = openTransport({ url: redis.now.url, prefix: "x:", readRow, onTrouble: () => undefined });
  await transport.start();
});

afterEach(async () => {
  await transport.stop();
  await redis.remove();
  await database.close();
  await home.drop();
});

async function setMode(mode: "redis" | "postgres"): Promise<void> {
  await database.pool.query("update transport set mode = $1, epoch = epoch + 1", [mode]);
  await until(`this process has read ${mode}`, () => transport.view.mode === mode);
}

async function announced(count: number) {
  const messages = taskMessages(count);
  for (const { jobId, no, fence, type, params } of messages) {
    await database.pool.query(
      "insert into tasks (job_id, no, status, type, fence, params, created_at) values ($1, $2, $3, $4, $5, $6, now())",
      [jobId, no, TASK_STATUS.announced, type, fence, params],
    );
  }
  return messages;
}

it("marks what a worker has in its hands when messages begin to go by rows, and gives it back as rows", async () => {
  const engine = transport.engineQueue(randomUUID(), createQueueStore(database));
  const sessionId = randomUUID();
  const worker = transport.workerQueue(sessionId, createQueueStore(database));
  const messages = await announced(4);
  engine.announce(messages);
  const deliveries = await worker.take(["echo"], 3, 2_000);
  await redis.kill();
  await setMode("postgres");
  const held = async () =>
    (await database.pool.query("select job_id from tasks where worker = $1 and status = $2", [sessionId, 2])).rows
      .length;
  await until("what is in hand is marked", async () => (await held()) === deliveries.length);
  const [first, ...others] = deliveries;
  await worker.report([{ signal: resultOf(first!.message), receipt: first!.receipt }]);
  expect((await database.pool.query("select job_id from signals")).rows).toEqual([{ job_id: first!.message.jobId }]);
  await worker.giveBack(others);
  const again = await worker.take(["echo"], 10, 2_000);
  expect(again.map(({ message }) => message.jobId).toSorted()).toEqual(
    others.map(({ message }) => message.jobId).toSorted(),
  );
  await Promise.all([worker.close(), engine.close()]);
});

it("reports the end of a started task once more by rows when Redis was emptied", async () => {
  const engine = transport.engineQueue(randomUUID(), createQueueStore(database));
  const worker = transport.workerQueue(randomUUID(), createQueueStore(database));
  const messages = await announced(2);
  expect(await engine.epochChanged()).toBe(false);
  await until("the life of Redis is known", async () => {
    const client = new Redis(redis.now.url);
    const life = await client.get(createKeys("x:").epoch);
    client.disconnect();
    return life !== null;
  });
  engine.announce(messages);
  const [long, short] = await worker.take(["echo"], 2, 2_000);
  const { jobId, no, fence } = long!.message;
  const start = { kind: "task_started", jobId, no, fence, worker: "w1", session: randomUUID() } as const;
  await worker.report([{ signal: start, receipt: long!.receipt }]);
  await worker.report([{ signal: resultOf(long!.message), receipt: null }]);
  await worker.report([{ signal: resultOf(short!.message), receipt: short!.receipt }]);
  // The pulse has seen this life of Redis.
  await new Promise((resolve) => setTimeout(resolve, 1_500));
  const client = new Redis(redis.now.url);
  await client.flushall();
  client.disconnect();
  await until("the new life is named", () => engine.epochChanged());
  await until("the end is there as a row", async () => {
    const { rows } = await database.pool.query("select body from signals");
    return rows.length === 1 && JSON.parse(rows[0].body).jobId === jobId;
  });
  await Promise.all([worker.close(), engine.close()]);
});
