import { expect, test } from "vitest";
import { JOB_STATUS } from "@/lib/job-status";
import type { TaskFunction } from "@/server/tasks/task-function";
import { until } from "@/test/queue/queue-world";
import { createTestDatabase } from "@/test/support/database";
import { testKeyPrefix, testRedisUrl } from "@/test/support/redis";
import { hostEngine } from "@/test/turn/engine-host";
import { gate, hostWorkerProcess, oneTask } from "./worker-host";

const REDELIVERED = 12;

test.each(["redis", "postgres"] as const)(
  "a worker holds many short tasks, and others get them when one of them is long, on the %s queue",
  async (kind) => {
    const database = await createTestDatabase();
    const redisUrl = kind === "redis" ? testRedisUrl() : null;
    const options = {
      databaseUrl: database.url,
      redisUrl,
      prefix: testKeyPrefix(),
      blueprints: [oneTask("m", "mixed")],
    };
    const engine = await hostEngine(options);
    const held = gate();
    const done = [0, 0];
    const start = async (long: boolean, count: number) =>
      Promise.all(Array.from({ length: count }, () => engine.start("m", { long })));
    const host = (index: number) => {
      const mixed: TaskFunction = async (params) => {
        if ((params.in as { long: boolean }).long) await held.opened;
        else done[index] = (done[index] as number) + 1;
        return {};
      };
      return hostWorkerProcess(options, { mixed }, { concurrency: 1, prefetch: 2, mostPrefetch: 100 });
    };
    const first = await host(0);
    const jobs = await start(false, 150);
    await until("the first worker has learnt that tasks are short", () => done[0] === 150);
    jobs.push(...(await start(true, 1)));
    await until("the long one runs", () => first.worker.health().running === 1);
    jobs.push(...(await start(false, 40)));
    await until("it has let go of what it need not hold", () => first.worker.health().waiting <= 2);
    const second = await host(1);
    await until("another worker has done the rest", () => (done[1] as number) >= 38);
    held.open();
    for (const job of jobs) await engine.until(job, JOB_STATUS.finished.code);
    const events = await Promise.all(jobs.map((job) => engine.events(job)));
    expect(events.flat().filter((event) => event.kind === REDELIVERED)).toEqual([]);
    await Promise.all([first.stop(), second.stop()]);
    await engine.stop();
    await database.drop();
  },
);
