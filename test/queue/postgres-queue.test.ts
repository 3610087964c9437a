import { randomUUID } from "node:crypto";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { createPostgresWorkerQueue } from "@/server/queue/postgres-worker-queue";
import { type Database, openDatabase } from "@/server/store/database";
import { createQueueStore } from "@/server/store/queue-store";
import { createTestDatabase, type TestDatabase } from "@/test/support/database";
import { createPostgresWorld } from "./postgres-world";
import { queueSuite } from "./queue-suite";
import { ALL_PARTITIONS, cancelSignal, taskMessage, taskMessages } from "./queue-world";

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
afterEach(async () => {
  await database.pool.query("delete from signals");
  await database.pool.query("delete from tasks");
});

describe("the queue on Postgres", () => {
  queueSuite(() => createPostgresWorld(database));

  it("takes no task by message: there is no window", async () => {
    const world = createPostgresWorld(database);
    const engine = world.engine();
    engine.announce(taskMessages(3));
    expect(engine.credit("echo")).toBe(0);
    expect(await engine.refillable(["echo"])).toEqual([]);
    expect(await world.worker().take(["echo"], 3, 100)).toEqual([]);
    await world.close();
  });

  it("gives back only what the session still holds, under the same fence", async () => {
    const world = createPostgresWorld(database);
    const messages = taskMessages(2);
    await world.offer(world.engine(), messages);
    const first = world.worker();
    const deliveries = await first.take(["echo"], 2, 2_000);
    const [moved, kept] = deliveries;
    await database.pool.query("update tasks set fence = 2, worker = 'another' where job_id = $1", [
      moved!.message.jobId,
    ]);
    await first.giveBack(deliveries);
    const others = await world.worker().take(["echo"], 5, 2_000);
    expect(others.map(({ message }) => message.jobId)).toEqual([kept!.message.jobId]);
    await world.close();
  });

  it("hands out what was claimed when the answer was lost on the way, once", async () => {
    const world = createPostgresWorld(database);
    await world.offer(world.engine(), taskMessages(3));
    const store = createQueueStore(database);
    let claims = 0;
    const losing: typeof store = {
      ...store,
      async claimForWorker(...args) {
        const claimed = await store.claimForWorker(...args);
        claims += 1;
        if (claims === 1) throw new Error("the connection broke after the commit");
        return claimed;
      },
    };
    const worker = createPostgresWorkerQueue({ store: losing, sessionId: randomUUID() });
    const taken = [...(await worker.take(["echo"], 2, 2_000)), ...(await worker.take(["echo"], 2, 2_000))];
    expect(new Set(taken.map(({ receipt }) => receipt)).size).toBe(3);
    expect(taken).toHaveLength(3);
    expect(await worker.take(["echo"], 2, 100)).toEqual([]);
    await worker.close();
    await world.close();
  });

  it("keeps signals until a commit deletes their rows, for whichever engine comes then", async () => {
    const world = createPostgresWorld(database);
    const dead = world.engine();
    const signal = cancelSignal();
    await dead.sendSignals([signal]);
    expect(await dead.takeSignals(ALL_PARTITIONS, 10, 2_000)).toHaveLength(1);
    expect(await dead.takeSignals(ALL_PARTITIONS, 10, 50)).toEqual([]);
    await dead.close();
    const successor = world.engine();
    const received = await successor.takeSignals(ALL_PARTITIONS, 10, 2_000);
    expect(received.map((one) => one.signal)).toEqual([signal]);
    await world.commit(successor, received);
    const { rows } = await database.pool.query("select 1 from signals");
    expect(rows).toEqual([]);
    await world.close();
  });

  it("removes rows that nobody can read, and goes on", async () => {
    const world = createPostgresWorld(database);
    const engine = world.engine();
    const { jobId } = taskMessage();
    await database.pool.query("insert into signals (lane, job_id, body) values (3, $1, '{\"kind\": 7}')", [jobId]);
    const signal = cancelSignal();
    await engine.sendSignals([signal]);
    expect((await engine.takeSignals(ALL_PARTITIONS, 10, 2_000)).map((one) => one.signal)).toEqual([signal]);
    const { rows } = await database.pool.query<{ count: string }>("select count(*) from signals");
    expect(rows[0]?.count).toBe("1");
    await world.close();
  });
});
