import { isDeepStrictEqual } from "node:util";
import { afterEach, expect, it } from "vitest";
import { partitionOf } from "@/server/queue/partition";
import {
  ALL_PARTITIONS,
  cancelSignal,
  idsOf,
  jobId,
  type QueueWorld,
  resultOf,
  takeAll,
  takeSignals,
  taskMessage,
  taskMessages,
  until,
} from "./queue-world";

/** What every implementation of the queue promises. */
export function queueSuite(makeWorld: () => QueueWorld): void {
  let world: QueueWorld;
  const start = () => {
    world = makeWorld();
    return world;
  };
  afterEach(() => world.close());

  it("hands tasks of a type out in their order", async () => {
    const { engine, worker, offer } = start();
    const messages = taskMessages(120);
    await offer(engine(), messages);
    expect(idsOf(await takeAll(worker(), ["echo"], 120))).toEqual(idsOf(messages));
  });

  it("brings a message whole", async () => {
    const { engine, worker, offer } = start();
    const message = taskMessage({
      no: 2049,
      fence: 7,
      attempt: 3,
      type: "a:b c\n{x}",
      priority: 2.5,
      timeoutMs: null,
      params: JSON.stringify({ text: 'line\nbreak "quoted" é 漢字 🦜', n: [1, null] }),
    });
    await offer(engine(), [message]);
    const [delivery] = await worker().take([message.type], 1, 2_000);
    const { sentAt, blueprint, ...rest } = delivery!.message;
    expect(message).toMatchObject(rest);
    expect(sentAt).toBeGreaterThan(0);
  });

  it("gives every task to exactly one of several workers", async () => {
    const { engine, worker, offer } = start();
    const messages = taskMessages(300);
    const workers = [worker(), worker(), worker()];
    const taken = Promise.all(
      workers.map(async (one) => {
        const got: string[] = [];
        for (;;) {
          const deliveries = await one.take(["echo"], 7, 1_500);
          if (deliveries.length === 0) return got;
          got.push(...deliveries.map(({ message }) => message.jobId));
        }
      }),
    );
    await offer(engine(), messages);
    expect((await taken).flat().sort()).toEqual(idsOf(messages).sort());
  });

  it("never hands out more than the limit, over all types together", async () => {
    const { engine, worker, offer } = start();
    const types = ["a", "b", "c"];
    await offer(
      engine(),
      types.flatMap((type) => taskMessages(10, { type })),
    );
    const one = worker();
    let count = 0;
    for (const limit of [1, 2, 3, 4, 7, 1, 2, 10]) {
      const deliveries = await one.take(types, limit, 2_000);
      expect(deliveries).toHaveLength(limit);
      count += deliveries.length;
    }
    expect(count).toBe(30);
    expect(await one.take(types, 5, 0)).toEqual([]);
  });

  it("gives nothing when nothing may be taken", async () => {
    const { engine, worker, offer } = start();
    await offer(engine(), [taskMessage()]);
    const one = worker();
    expect(await one.take([], 5, 10)).toEqual([]);
    expect(await one.take(["echo"], 0, 10)).toEqual([]);
    expect(await one.take(["other"], 5, 10)).toEqual([]);
  });

  it("wakes a worker that waits", async () => {
    const { engine, worker, offer } = start();
    const waiting = worker().take(["x", "echo"], 1, 20_000);
    const message = taskMessage();
    await offer(engine(), [message]);
    expect(idsOf((await waiting).map((delivery) => delivery.message))).toEqual([message.jobId]);
  });

  it("lets no type starve beside one that is always full", async () => {
    const { engine, worker, offer } = start();
    const one = engine();
    await offer(one, taskMessages(40, { type: "busy" }));
    const rare = taskMessages(3, { type: "rare" });
    await offer(one, rare);
    const taker = worker();
    const seen = new Set<string>();
    for (let round = 0; round < 30 && seen.size < 3; round += 1) {
      for (const { message } of await taker.take(["busy", "rare"], 2, 2_000)) {
        if (message.type === "rare") seen.add(message.jobId);
      }
      await offer(one, taskMessages(2, { type: "busy" }));
    }
    expect([...seen].sort()).toEqual(idsOf(rare).sort());
  });

  it("brings reports to the engine in their order, once", async () => {
    const { engine, worker, offer, commit } = start();
    const one = engine();
    await offer(one, taskMessages(60));
    const taker = worker();
    const deliveries = await taker.take(["echo"], 60, 2_000);
    const job = deliveries[0]!.message.jobId;
    await taker.report(deliveries.map(({ message, receipt }) => ({ signal: resultOf(message), receipt })));
    await taker.report([{ signal: cancelSignal(job), receipt: null }]);
    const received = await takeSignals(one, 61);
    expect(received.map(({ signal }) => signal.jobId).sort()).toEqual(
      [...idsOf(deliveries.map(({ message }) => message)), job].sort(),
    );
    expect(received.filter(({ signal }) => signal.jobId === job).map(({ signal }) => signal.kind)).toEqual([
      "task_result",
      "cancel",
    ]);
    expect(await one.takeSignals(ALL_PARTITIONS, 100, 50)).toEqual([]);
    await commit(one, received);
    expect(await engine().takeSignals(ALL_PARTITIONS, 100, 600)).toEqual([]);
  });

  it("keeps signals of other partitions for their engine", async () => {
    const { engine } = start();
    const one = engine();
    const signals = Array.from({ length: 64 }, () => cancelSignal());
    await one.sendSignals(signals);
    const low = ALL_PARTITIONS.slice(0, 8);
    const mine = signals.filter(({ jobId: id }) => partitionOf(id) < 8);
    const theirs = signals.filter(({ jobId: id }) => partitionOf(id) >= 8);
    expect(idsOf((await takeSignals(one, mine.length, low)).map(({ signal }) => signal)).sort()).toEqual(
      idsOf(mine).sort(),
    );
    expect(await one.takeSignals(low, 100, 50)).toEqual([]);
    const others = await takeSignals(engine(), theirs.length, ALL_PARTITIONS.slice(8));
    expect(idsOf(others.map(({ signal }) => signal)).sort()).toEqual(idsOf(theirs).sort());
  });

  it("takes no more signals than asked for", async () => {
    const { engine } = start();
    const one = engine();
    const job = jobId();
    await one.sendSignals(Array.from({ length: 120 }, () => cancelSignal(job)));
    const sizes: number[] = [];
    for (let left = 120; left > 0; left -= sizes.at(-1)!) {
      sizes.push((await one.takeSignals(ALL_PARTITIONS, 17, 2_000)).length);
      expect(sizes.at(-1)).toBeGreaterThan(0);
    }
    expect(Math.max(...sizes)).toBeLessThanOrEqual(17);
  });

  it("wakes an engine that waits", async () => {
    const { engine, worker } = start();
    const waiting = engine().takeSignals(ALL_PARTITIONS, 10, 20_000);
    const signal = cancelSignal();
    await worker().report([{ signal, receipt: null }]);
    expect((await waiting).map((received) => received.signal)).toEqual([signal]);
  });

  it("carries large signals and any text whole, in the same order", async () => {
    const { engine, worker, offer, commit } = start();
    const one = engine();
    const messages = taskMessages(3);
    await offer(one, messages);
    const taker = worker();
    const deliveries = await taker.take(["echo"], 3, 2_000);
    const texts = ["x".repeat(100_000), 'short \u2028 "é" 🦜 \\ \n\t', "y".repeat(300_000)];
    await taker.report(
      deliveries.map(({ message, receipt }, i) => ({ signal: resultOf(message, { text: texts[i] ?? "" }), receipt })),
    );
    const received = await takeSignals(one, 3);
    const byJob = new Map(received.map(({ signal }) => [signal.jobId, signal]));
    messages.forEach((message, i) => {
      const same = isDeepStrictEqual(byJob.get(message.jobId), resultOf(message, { text: texts[i] ?? "" }));
      expect(same, `text ${i}`).toBe(true);
    });
    await commit(one, received);
    expect(await one.takeSignals(ALL_PARTITIONS, 10, 600)).toHaveLength(0);
    expect(await engine().takeSignals(ALL_PARTITIONS, 10, 600)).toHaveLength(0);
  });

  it("gives untouched deliveries to others", async () => {
    const { engine, worker, offer } = start();
    const messages = taskMessages(5);
    await offer(engine(), messages);
    const first = worker();
    const deliveries = await first.take(["echo"], 5, 2_000);
    expect(await worker().take(["echo"], 5, 0)).toEqual([]);
    await first.giveBack(deliveries.slice(1));
    const others = await takeAll(worker(), ["echo"], 4);
    expect(idsOf(others).sort()).toEqual(idsOf(messages.slice(1)).sort());
    expect(others.every(({ fence, attempt }) => fence === 1 && attempt === 1)).toBe(true);
  });

  it("gives back nothing that was reported", async () => {
    const { engine, worker, offer } = start();
    await offer(engine(), taskMessages(1));
    const first = worker();
    const [delivery] = await first.take(["echo"], 1, 2_000);
    await first.report([{ signal: resultOf(delivery!.message), receipt: delivery!.receipt }]);
    await first.settle([delivery!]);
    expect(await worker().take(["echo"], 1, 100)).toEqual([]);
  });

  it("tells workers of cancelled tasks, running and prefetched", async () => {
    const { engine, worker, offer, cancel } = start();
    const one = engine();
    const messages = taskMessages(3);
    await offer(one, messages);
    const taker = worker();
    const told: string[] = [];
    taker.onCancel((taskId) => told.push(taskId));
    await taker.take(["echo"], 3, 2_000);
    const gone = messages[1]!;
    // The worker listens as soon as its connection is up, which nothing here can see.
    await until("the cancel is told", async () => {
      await cancel(one, [gone]);
      return told.length > 0;
    });
    expect(new Set(told)).toEqual(new Set([`${gone.jobId}.${gone.no}`]));
    expect(await taker.cancelled(messages)).toEqual([false, true, false]);
  });

  it("hands out no task that was cancelled in the queue", async () => {
    const { engine, worker, offer, cancel } = start();
    const one = engine();
    const messages = taskMessages(20);
    await offer(one, messages);
    await cancel(one, messages.slice(5, 15));
    const left = [...messages.slice(0, 5), ...messages.slice(15)];
    await until(
      "the cancelled ones are out",
      async () => one.kind === "postgres" || (await one.membership(messages)).size === 10,
    );
    expect(idsOf(await takeAll(worker(), ["echo"], 20))).toEqual(idsOf(left));
  });

  it("ends what waits when it is closed", async () => {
    const { engine, worker } = start();
    const one = engine();
    const taker = worker();
    const waiting = Promise.all([one.takeSignals(ALL_PARTITIONS, 10, 60_000), taker.take(["echo"], 1, 60_000)]);
    await new Promise((resolve) => setTimeout(resolve, 200));
    await Promise.all([one.close(), taker.close()]);
    expect(await waiting).toEqual([[], []]);
  });
}
