import { isDeepStrictEqual } from "node:util";
import { Redis } from "ioredis";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { RunningRedis } from "@/server/local/redis";
import { createKeys } from "@/server/queue/keys";
import { createRedisLiveBus } from "@/server/queue/redis-live-bus";
import { openDatabase } from "@/server/store/database";
import { createQueueStore } from "@/server/store/queue-store";
import { createTestDatabase } from "@/test/support/database";
import { type OwnServer, startOwnRedis } from "@/test/support/own-servers";
import { startTcpProxy, type TcpProxy, throughPort } from "@/test/support/tcp-proxy";
import {
  ALL_PARTITIONS,
  cancelSignal,
  idsOf,
  resultOf,
  takeAll,
  takeSignals,
  taskMessage,
  taskMessages,
  until,
} from "./queue-world";
import { createRedisWorld, type RedisWorld } from "./redis-world";

let own: OwnServer<RunningRedis>;
let proxy: TcpProxy;
let world: RedisWorld;
let redis: Redis;
const keys = createKeys("f:");

beforeEach(async () => {
  own = await startOwnRedis({ persistent: false });
  proxy = await startTcpProxy({ port: own.now.port });
  world = createRedisWorld(throughPort(own.now.url, proxy.port), "f:");
  redis = new Redis(own.now.url);
  redis.on("error", () => undefined);
});
afterEach(async () => {
  await world.close();
  redis.disconnect();
  await proxy.close();
  await own.remove();
});

describe("an emptied Redis", () => {
  it("is noticed once by every engine, and everything goes on", async () => {
    const engine = world.engine();
    const second = world.engine();
    const worker = world.worker();
    expect(await engine.epochChanged()).toBe(false);
    expect(await second.epochChanged()).toBe(false);
    await world.offer(engine, taskMessages(10));
    const deliveries = await worker.take(["echo"], 5, 2_000);
    await redis.flushall();
    expect(await engine.epochChanged()).toBe(true);
    expect(await second.epochChanged()).toBe(true);
    expect(await engine.epochChanged()).toBe(false);
    expect(await second.epochChanged()).toBe(false);
    expect(engine.credit("echo")).toBe(5_000);
    await worker.report(deliveries.map(({ message, receipt }) => ({ signal: resultOf(message), receipt })));
    expect(await takeSignals(engine, 5)).toHaveLength(5);
    const again = taskMessages(10);
    await world.offer(engine, again);
    expect(idsOf(await takeAll(worker, ["echo"], 10))).toEqual(idsOf(again));
    expect(idsOf(await engine.reapSession("nobody"))).toEqual([]);
  });

  it("hangs no reader that is blocked at that moment", async () => {
    const engine = world.engine();
    const worker = world.worker();
    await world.offer(engine, taskMessages(1));
    await takeAll(worker, ["echo"], 1);
    const tasks = worker.take(["echo", "other"], 1, 20_000);
    const signals = engine.takeSignals(ALL_PARTITIONS, 10, 20_000);
    await new Promise((resolve) => setTimeout(resolve, 300));
    await redis.flushall();
    const message = taskMessage();
    await world.offer(engine, [message]);
    const signal = cancelSignal();
    await engine.sendSignals([signal]);
    expect(idsOf((await tasks).map((delivery) => delivery.message))).toEqual([message.jobId]);
    expect((await signals).map((received) => received.signal)).toEqual([signal]);
  });

  it("creates groups at the beginning of the stream, so nothing that came first is skipped", async () => {
    const engine = world.engine();
    const messages = taskMessages(5);
    await world.offer(engine, messages);
    await engine.sendSignals([cancelSignal()]);
    await redis.xgroup("DESTROY", keys.taskStream("echo"), "w");
    expect(idsOf(await takeAll(world.worker(), ["echo"], 5))).toEqual(idsOf(messages));
    for (const partition of ALL_PARTITIONS) {
      await redis.xgroup("CREATE", keys.signalStream(partition), "e", "0", "MKSTREAM").catch(() => null);
      await redis.xgroup("DESTROY", keys.signalStream(partition), "e");
    }
    expect(await takeSignals(engine, 1)).toHaveLength(1);
    for (const partition of ALL_PARTITIONS)
      await redis.xgroup("DESTROY", keys.signalStream(partition), "e").catch(() => null);
    expect(await engine.reclaimSignals(ALL_PARTITIONS, 0)).toEqual([]);
  });
});

describe("a Redis that goes", () => {
  it("comes back empty: nothing throws, and work goes on", async () => {
    const engine = world.engine();
    const worker = world.worker();
    expect(await engine.epochChanged()).toBe(false);
    await world.offer(engine, taskMessages(5));
    const deliveries = await worker.take(["echo"], 2, 2_000);
    await own.kill();
    engine.announce(taskMessages(100));
    engine.settleSignals(["3:1-1"]);
    engine.withdraw(taskMessages(3));
    await until("the loss is seen", () => engine.credit("echo") === 0);
    expect(await engine.ping()).toBe(false);
    expect(await worker.take(["echo"], 5, 300)).toEqual([]);
    expect(await engine.takeSignals(ALL_PARTITIONS, 5, 300)).toEqual([]);
    expect(await engine.epochChanged()).toBe(false);
    expect(await engine.refillable(["echo"])).toEqual([]);
    expect(await engine.reclaimSignals(ALL_PARTITIONS, 0)).toEqual([]);
    expect(await worker.cancelled([deliveries[0]!.message])).toEqual([false]);
    const result = { signal: resultOf(deliveries[0]!.message), receipt: deliveries[0]!.receipt };
    await expect(worker.report([result])).rejects.toThrow();
    await expect(worker.giveBack(deliveries)).rejects.toThrow();
    await own.start();
    await until("the new epoch is seen", () => engine.epochChanged());
    expect(await engine.epochChanged()).toBe(false);
    await until("there is credit again", () => engine.credit("echo") === 5_000);
    await worker.report([result]);
    expect(idsOf((await takeSignals(engine, 1)).map(({ signal }) => signal))).toEqual([result.signal.jobId]);
    const messages = taskMessages(5);
    await world.offer(engine, messages);
    expect(idsOf(await takeAll(worker, ["echo"], 5))).toEqual(idsOf(messages));
  });

  it("may be down at the start and come later", async () => {
    proxy.refuse();
    const engine = world.engine();
    const worker = world.worker();
    const told: string[] = [];
    worker.onCancel((taskId) => told.push(taskId));
    const taking = worker.take(["echo"], 1, 25_000);
    expect(engine.credit("echo")).toBe(0);
    expect(await engine.epochChanged()).toBe(false);
    engine.announce(taskMessages(10));
    await new Promise((resolve) => setTimeout(resolve, 500));
    proxy.resume();
    await until("the engine is connected", () => engine.ping());
    const message = taskMessage();
    await until("the message is sent", async () => {
      await world.offer(engine, [message]);
      return (await engine.membership([message])).size > 0;
    });
    expect(await taking).toHaveLength(1);
    await until("the cancel is told", () => {
      engine.withdraw([message]);
      return told.length > 0;
    });
    expect(world.troubles.length).toBeGreaterThan(0);
  });

  it("leaves the reports' other door open, and settles the deliveries when it is back", async () => {
    const home = await createTestDatabase();
    const database = openDatabase(home.url, { max: 4, name: "test" });
    const rows = createRedisWorld(throughPort(own.now.url, proxy.port), "f:", () => createQueueStore(database));
    const engine = rows.engine();
    const worker = rows.worker("one");
    const messages = taskMessages(3);
    await rows.offer(engine, messages);
    const deliveries = await worker.take(["echo"], 3, 2_000);
    proxy.refuse();
    await worker.report(deliveries.map(({ message, receipt }) => ({ signal: resultOf(message), receipt })));
    const received = await takeSignals(engine, 3);
    expect(idsOf(received.map(({ signal }) => signal))).toEqual(idsOf(messages));
    await rows.commit(engine, received);
    proxy.resume();
    await until("the deliveries are settled", async () => (await redis.xlen(keys.taskStream("echo"))) === 0);
    expect(await engine.takeSignals(ALL_PARTITIONS, 5, 700)).toEqual([]);
    await rows.close();
    await database.close();
    await home.drop();
  });
});

describe("a link that goes silent", () => {
  it("is given up, and what was delivered into it is handed out again by the session", async () => {
    const engine = createRedisWorld(own.now.url, "f:").engine();
    const worker = world.worker();
    await world.offer(engine, taskMessages(1));
    const [held] = await worker.take(["echo"], 1, 2_000);
    const taking = worker.take(["echo"], 10, 12_000);
    await new Promise((resolve) => setTimeout(resolve, 300));
    proxy.silence();
    // The server delivers these into the silence: they are pending at the session, and it never sees them.
    const messages = taskMessages(4);
    await world.offer(engine, messages);
    await new Promise((resolve) => setTimeout(resolve, 500));
    proxy.cut();
    proxy.silence();
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    proxy.resume();
    proxy.cut();
    let got = await taking;
    for (let round = 0; round < 3 && got.length < 4; round += 1)
      got = got.concat(await worker.take(["echo"], 10, 3_000));
    expect(idsOf(got.map(({ message }) => message)).sort()).toEqual(idsOf(messages).sort());
    expect(got.map(({ receipt }) => receipt)).not.toContain(held!.receipt);
    await engine.close();
  });

  it("lets readers, writers and subscribers recover within twelve seconds of the link's return", {
    timeout: 60_000,
  }, async () => {
    const engine = world.engine();
    const worker = world.worker();
    const told: string[] = [];
    worker.onCancel((taskId) => told.push(taskId));
    await world.offer(engine, taskMessages(1));
    await takeAll(worker, ["echo"], 1);
    await engine.sendSignals([cancelSignal()]);
    await takeSignals(engine, 1);
    const direct = createRedisWorld(own.now.url, "f:");
    const outside = direct.engine();
    const before = proxy.connections();
    expect(before).toBeGreaterThan(0);
    proxy.silence();
    const tasks = worker.take(["echo"], 1, 30_000);
    const signals = engine.takeSignals(ALL_PARTITIONS, 10, 20_000);
    const report = worker.report([{ signal: cancelSignal(), receipt: null }]).then(
      () => "sent",
      () => "refused",
    );
    expect(await report).toBe("refused");
    const message = taskMessage();
    await direct.offer(outside, [message]);
    const signal = cancelSignal();
    await outside.sendSignals([signal]);
    proxy.resume();
    const silentSince = Date.now();
    expect(await tasks).toHaveLength(1);
    // It may have been delivered into the silence; then it is pending, and taken over as that of a dead engine is.
    const received = [...(await Promise.race([signals, new Promise<never[]>((none) => setTimeout(none, 3_000, []))]))];
    await until("the signal is there", async () => {
      received.push(...(await engine.reclaimSignals(ALL_PARTITIONS, 3_000)));
      return received.some((one) => isDeepStrictEqual(one.signal, signal));
    });
    await until("the cancel is told", () => {
      outside.withdraw([message]);
      return told.length > 0;
    });
    console.log(`recovered ${Date.now() - silentSince} ms after the link's return`);
    await direct.close();
  });
});

describe("the live bus", () => {
  it("brings lines to every subscriber, also after Redis went and came", async () => {
    const url = throughPort(own.now.url, proxy.port);
    const publisher = createRedisLiveBus({ url, prefix: "f:", onTrouble: () => undefined });
    const subscribers = [1, 2].map(() => createRedisLiveBus({ url, prefix: "f:", onTrouble: () => undefined }));
    const seen: string[][] = [[], []];
    for (const [i, bus] of subscribers.entries()) bus.subscribe((line) => seen[i]?.push(line));
    const reaches = (line: string) =>
      until(`${line} reaches all`, () => {
        publisher.publish(line);
        return seen.every((lines) => lines.includes(line));
      });
    await reaches("first");
    await own.kill();
    publisher.publish("lost");
    await own.start();
    await reaches("after a restart");
    proxy.cut();
    await reaches("after a cut");
    publisher.publish("a");
    publisher.publish("b");
    await until("both come", () => seen.every((lines) => lines.at(-1) === "b" && lines.at(-2) === "a"));
    await Promise.all([publisher, ...subscribers].map((bus) => bus.close()));
    publisher.publish("nothing happens");
  });
});
