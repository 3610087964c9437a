import { Redis } from "ioredis";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { attemptIdOf } from "@/lib/job-event";
import { createKeys } from "@/server/queue/keys";
import { partitionOf } from "@/server/queue/partition";
import { testKeyPrefix, testRedisUrl } from "@/test/support/redis";
import {
  ALL_PARTITIONS,
  cancelSignal,
  idsOf,
  jobId,
  resultOf,
  takeAll,
  taskMessage,
  taskMessages,
  until,
} from "./queue-world";
import { createRedisWorld, type RedisWorld } from "./redis-world";

const WINDOW = 5_000;

let world: RedisWorld;
let redis: Redis;
let keys: ReturnType<typeof createKeys>;

beforeEach(() => {
  const prefix = testKeyPrefix();
  world = createRedisWorld(testRedisUrl(), prefix);
  keys = createKeys(prefix);
  redis = new Redis(testRedisUrl());
});
afterEach(async () => {
  await world.close();
  redis.disconnect();
});

async function readyEngine(engineId?: string) {
  const engine = world.engine(engineId);
  await until("the engine is connected", () => engine.ping());
  return engine;
}

function attemptIds(messages: { jobId: string; no: number; fence: number }[]): string[] {
  return messages.map(({ jobId: job, no, fence }) => attemptIdOf(job, no, fence)).sort();
}

describe("the window", () => {
  it("gives no credit before Redis is there", () => {
    expect(createRedisWorld("redis://127.0.0.1:1", "x:").engine().credit("echo")).toBe(0);
  });

  it("counts what is on the way at once, and what has left when it is seen", async () => {
    const engine = await readyEngine();
    expect(engine.credit("echo")).toBe(WINDOW);
    const messages = taskMessages(3_000);
    engine.announce(messages);
    expect(engine.credit("echo")).toBe(WINDOW - 3_000);
    await engine.membership(messages.slice(0, 1));
    expect(engine.credit("echo")).toBe(WINDOW - 3_000);
    const worker = world.worker();
    const deliveries = await worker.take(["echo"], 2_000, 2_000);
    await worker.report(deliveries.map(({ message, receipt }) => ({ signal: resultOf(message), receipt })));
    // Results fill it until an engine has worked on them.
    const [unread] = await engine.refillable(["echo"]);
    expect(unread?.credit).toBeLessThan(WINDOW - 1_000);
    for (let read = 0; read < deliveries.length; ) {
      const signals = await engine.takeSignals(ALL_PARTITIONS, 5_000, 2_000);
      engine.settleSignals(signals.map(({ receipt }) => receipt));
      read += signals.length;
    }
    await engine.membership(messages.slice(0, 1));
    expect(await engine.refillable(["echo"])).toEqual([{ type: "echo", credit: WINDOW - 1_000 }]);
    expect(engine.credit("echo")).toBe(WINDOW - 1_000);
  });

  it("is never fed above its bound by one engine that asks for credit", async () => {
    const engine = await readyEngine();
    let refused = 0;
    for (let i = 0; i < 60; i += 1) {
      const batch = taskMessages(Math.min(100, engine.credit("echo")));
      refused += 100 - batch.length;
      await world.offer(engine, batch);
    }
    expect(refused).toBe(1_000);
    expect(await redis.xlen(keys.taskStream("echo"))).toBe(WINDOW);
    expect(engine.credit("echo")).toBe(0);
    expect(await engine.refillable(["echo"])).toEqual([]);
  });

  it("is refilled only below half, and by the truth after another process emptied it", async () => {
    const engine = await readyEngine();
    await world.offer(engine, taskMessages(2_600));
    expect(await engine.refillable(["echo", "never-seen"])).toEqual([{ type: "never-seen", credit: WINDOW }]);
    await redis.del(keys.taskStream("echo"));
    expect(await engine.refillable(["echo"])).toEqual([{ type: "echo", credit: WINDOW }]);
  });

  it("learns of a drained window by its own acknowledgements", async () => {
    const engine = await readyEngine();
    await world.offer(engine, taskMessages(WINDOW));
    expect(engine.credit("echo")).toBe(0);
    await redis.del(keys.taskStream("echo"));
    await engine.sendSignals([cancelSignal()]);
    await world.commit(engine, await engine.takeSignals(ALL_PARTITIONS, 10, 2_000));
    await until("the credit is back", () => engine.credit("echo") === WINDOW);
  });
});

describe("membership", () => {
  it("finds attempts in the window and among the signals, with their fence, and no others", async () => {
    const engine = await readyEngine();
    const messages = [...taskMessages(700), ...taskMessages(700, { type: "other", fence: 3 })];
    await world.offer(engine, messages);
    const worker = world.worker();
    const deliveries = await worker.take(["echo", "other"], 1_300, 2_000);
    expect(deliveries.length).toBeGreaterThan(1_000);
    await worker.report(
      deliveries.map(({ message, receipt }) => ({ signal: resultOf(message, "x".repeat(500)), receipt })),
    );
    const gone = taskMessages(50);
    const raised = messages.map((message) => ({ ...message, fence: message.fence + 1 }));
    const found = await engine.membership([...messages, ...gone, ...raised]);
    expect([...found].sort()).toEqual(attemptIds(messages));
  });

  it("forgets an attempt when its signal is settled", async () => {
    const engine = await readyEngine();
    const [message] = taskMessages(1);
    await world.offer(engine, [message!]);
    const worker = world.worker();
    const [delivery] = await worker.take(["echo"], 1, 2_000);
    expect(await engine.membership([message!])).toEqual(new Set(attemptIds([message!])));
    await worker.report([{ signal: resultOf(message!), receipt: delivery!.receipt }]);
    const received = await engine.takeSignals(ALL_PARTITIONS, 10, 2_000);
    expect(await engine.membership([message!])).toEqual(new Set(attemptIds([message!])));
    await world.commit(engine, received);
    expect(await engine.membership([message!])).toEqual(new Set());
  });

  it("rejects rather than calling everything lost when Redis is away", async () => {
    const away = createRedisWorld("redis://127.0.0.1:1", "x:");
    await expect(away.engine().membership(taskMessages(1))).rejects.toThrow();
    await away.close();
  });
});

describe("reports", () => {
  it("are in the signals exactly when the delivery is gone", async () => {
    const engine = await readyEngine();
    await world.offer(engine, taskMessages(100));
    const worker = world.worker();
    const deliveries = await worker.take(["echo"], 100, 2_000);
    await worker.report(
      deliveries.slice(0, 60).map(({ message, receipt }) => ({ signal: resultOf(message), receipt })),
    );
    expect(await redis.xlen(keys.taskStream("echo"))).toBe(40);
    const pending = await redis.xpending(keys.taskStream("echo"), "w");
    expect(pending[0]).toBe(40);
    const lengths = await Promise.all(ALL_PARTITIONS.map((partition) => redis.xlen(keys.signalStream(partition))));
    expect(lengths.reduce((sum, length) => sum + length, 0)).toBeLessThanOrEqual(16);
  });

  it("change nothing when Redis refuses them", async () => {
    const engine = await readyEngine();
    const [message] = taskMessages(1);
    await world.offer(engine, [message!]);
    const worker = world.worker();
    const [delivery] = await worker.take(["echo"], 1, 2_000);
    const stream = keys.signalStream(partitionOf(message!.jobId));
    await redis.del(stream);
    await redis.set(stream, "in the way");
    await expect(worker.report([{ signal: resultOf(message!), receipt: null }])).rejects.toThrow("WRONGTYPE");
    await redis.del(stream);
    await worker.report([{ signal: resultOf(message!), receipt: delivery!.receipt }]);
    expect((await engine.takeSignals(ALL_PARTITIONS, 10, 2_000)).map(({ signal }) => signal)).toEqual([
      resultOf(message!),
    ]);
  });

  it("carry at most 50 signals an entry, and the entry stays until the last is settled", async () => {
    const engine = await readyEngine();
    const job = jobId();
    const stream = keys.signalStream(partitionOf(job));
    await engine.sendSignals(Array.from({ length: 120 }, () => cancelSignal(job)));
    expect(await redis.xlen(stream)).toBe(3);
    const received = await engine.takeSignals(ALL_PARTITIONS, 120, 2_000);
    expect(received).toHaveLength(120);
    await world.commit(engine, received.slice(0, 99));
    await until("the first entry is gone", async () => (await redis.xlen(stream)) === 2);
    await world.commit(engine, received.slice(99));
    await until("all are gone", async () => (await redis.xlen(stream)) === 0);
  });
});

describe("sessions and engines that are gone", () => {
  it("reaps what is pending at a session, of every type, and nothing else", async () => {
    const engine = await readyEngine();
    const types = ["a", "b", "c"];
    await world.offer(
      engine,
      types.flatMap((type) => taskMessages(700, { type })),
    );
    const dead = world.worker("dead");
    const alive = world.worker("alive");
    const lost = await dead.take(types, 1_500, 2_000);
    const kept = await alive.take(types, 30, 2_000);
    const [reported] = lost.splice(0, 1);
    await dead.report([{ signal: resultOf(reported!.message), receipt: reported!.receipt }]);
    // Another engine, which never announced any of these types.
    const reaped = await (await readyEngine()).reapSession("dead");
    expect(idsOf(reaped).sort()).toEqual(idsOf(lost.map(({ message }) => message)).sort());
    expect(reaped.every(({ type }) => types.includes(type))).toBe(true);
    expect(await engine.reapSession("dead")).toEqual([]);
    const left = await Promise.all(types.map((type) => redis.xlen(keys.taskStream(type))));
    expect(left.reduce((sum, length) => sum + length, 0)).toBe(2_100 - 1 - lost.length);
    await alive.report(kept.map(({ message, receipt }) => ({ signal: resultOf(message), receipt })));
    expect(await takeAll(alive, types, 5_000, 500)).toHaveLength(2_100 - 1 - lost.length - kept.length);
    const consumers = await redis.xinfo("CONSUMERS", keys.taskStream("a"), "w");
    expect(JSON.stringify(consumers)).not.toContain("dead");
  });

  it("does not bring back to life what was reaped", async () => {
    const engine = await readyEngine();
    await world.offer(engine, taskMessages(4));
    const stalled = world.worker("stalled");
    const deliveries = await stalled.take(["echo"], 4, 2_000);
    await engine.reapSession("stalled");
    await stalled.giveBack(deliveries);
    expect(await redis.xlen(keys.taskStream("echo"))).toBe(0);
  });

  it("takes over signals of an engine that is gone, but none that are under way here", async () => {
    const dead = await readyEngine("dead");
    const signals = Array.from({ length: 200 }, () => cancelSignal());
    await dead.sendSignals(signals);
    const before = await dead.takeSignals(ALL_PARTITIONS, 200, 2_000);
    expect(await dead.reclaimSignals(ALL_PARTITIONS, 0)).toEqual([]);
    await dead.close();
    const engine = await readyEngine();
    const received = [...before.slice(0, 0)];
    await until("all are taken over", async () => {
      received.push(...(await engine.reclaimSignals(ALL_PARTITIONS, 0)));
      return received.length >= 200;
    });
    expect(idsOf(received.map(({ signal }) => signal)).sort()).toEqual(idsOf(signals).sort());
    await world.commit(engine, received);
    await until("nothing is left", async () => {
      const lengths = await Promise.all(ALL_PARTITIONS.map((partition) => redis.xlen(keys.signalStream(partition))));
      return lengths.every((length) => length === 0);
    });
  });

  it("leaves entries alone that were delivered a moment ago", async () => {
    const first = await readyEngine();
    await first.sendSignals([cancelSignal()]);
    expect(await first.takeSignals(ALL_PARTITIONS, 10, 2_000)).toHaveLength(1);
    expect(await (await readyEngine()).reclaimSignals(ALL_PARTITIONS, 60_000)).toEqual([]);
  });
});

describe("entries nobody can read", () => {
  it("are removed and told, and what comes after them is read", async () => {
    const engine = await readyEngine();
    const worker = world.worker();
    const job = jobId();
    for (const text of ["", "x", "- {", "- [{}]", "1.2.3 [1]"]) {
      await redis.xadd(keys.taskStream("echo"), "*", "m", text);
      await redis.xadd(keys.signalStream(partitionOf(job)), "*", "m", text);
    }
    const message = taskMessage();
    await world.offer(engine, [message]);
    await engine.sendSignals([cancelSignal(job)]);
    expect(idsOf(await takeAll(worker, ["echo"], 1))).toEqual([message.jobId]);
    expect(await engine.takeSignals(ALL_PARTITIONS, 10, 2_000)).toHaveLength(1);
    expect(world.troubles.join("\n")).toContain("Unreadable task entry removed");
    expect(world.troubles.join("\n")).toContain("Unreadable signal entry removed");
    await until("they are gone", async () => (await redis.xlen(keys.taskStream("echo"))) === 1);
  });
});

describe("withdrawing", () => {
  it("removes queued and delivered entries of many tasks and types, and no others", async () => {
    const engine = await readyEngine();
    const messages = [...taskMessages(1_200), ...taskMessages(1_200, { type: "other" })];
    engine.announce(messages);
    const gone = messages.filter((_, i) => i % 3 === 0);
    for (const message of gone) engine.withdraw([message]);
    const left = messages.filter((_, i) => i % 3 !== 0);
    await until("they are out", async () => (await engine.membership(messages)).size === left.length);
    expect([...(await engine.membership(messages))].sort()).toEqual(attemptIds(left));
    expect(await redis.ttl(keys.cancel(`${gone[0]!.jobId}.${gone[0]!.no}`))).toBeGreaterThan(50);
  });
});
