import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { JOB_STATUS } from "@/lib/job-status";
import { openTransport, type Transport } from "@/server/queue/open-transport";
import { createQueueStore } from "@/server/store/queue-store";
import { readTransport } from "@/server/store/transport";
import { assertWhole } from "@/test/turn/engine-host";
import { hostWorkerProcess } from "@/test/worker/worker-host";
import { asking, type DispatchWorld, dispatchWorld } from "./dispatch-world";

describe.each(["redis", "postgres"] as const)("our own workers, by %s", (queue) => {
  let world: DispatchWorld;
  let transport: Transport;

  beforeAll(async () => {
    world = await dispatchWorld(queue, [asking("fair", { strategy: "round_robin" })]);
    const { redisUrl: url, prefix } = world.options;
    transport = openTransport({ url, prefix, readRow: () => readTransport(world.engine.database) });
    await transport.start();
  });

  afterAll(async () => {
    await assertWhole(world.options.databaseUrl);
    await transport.stop();
    await world.stop();
  });

  test("are given placed tasks in turn, and tell what they came to", async () => {
    const ran: string[] = [];
    const { database } = world.engine;
    const host = (name: string) =>
      hostWorkerProcess(
        world.options,
        {
          fair: async () => {
            ran.push(name);
            return {};
          },
        },
        { name, openQueue: (sessionId) => transport.workerQueue(sessionId, createQueueStore(database)) },
      );
    const workers = [await host("left"), await host("right")];
    try {
      const jobs: string[] = [];
      for (let i = 0; i < 6; i++) jobs.push(await world.engine.start("fair"));
      for (const job of jobs) await world.engine.until(job, JOB_STATUS.finished.code);
      expect(ran.sort()).toEqual(["left", "left", "left", "right", "right", "right"]);
      expect(world.engine.engine.dispatchFigures().placed).toBe(6);
    } finally {
      for (const worker of workers) await worker.stop();
    }
  });
});
