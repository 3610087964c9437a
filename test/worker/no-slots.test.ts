import { expect, test } from "vitest";
import { JOB_STATUS } from "@/lib/job-status";
import { until } from "@/test/queue/queue-world";
import { createTestDatabase } from "@/test/support/database";
import { testKeyPrefix } from "@/test/support/redis";
import { hostEngine } from "@/test/turn/engine-host";
import { isolatedTasks } from "./isolated-tasks";
import { hostWorkerProcess, oneTask } from "./worker-host";

const FINISHED = 9;
const FAILED = 10;

test.each(["thread", "process"])(
  "a worker that can start no %s says so and hands its tasks back, with no attempt burned, until it can again",
  async (isolation) => {
    const database = await createTestDatabase();
    const code = await isolatedTasks();
    const type = `tell_${isolation}`;
    const host = {
      databaseUrl: database.url,
      redisUrl: null,
      prefix: testKeyPrefix(),
      blueprints: [oneTask(type, type)],
    };
    const engine = await hostEngine(host);
    const environment: Record<string, string> = { NODE_OPTIONS: "--import file:///no/such/module.mjs" };
    const worker = await hostWorkerProcess(host, code.tasks, { environment });
    const jobs = await Promise.all(["a", "b", "c"].map((of) => engine.start(type, { of })));
    await until("the worker says that it is blocked", () => worker.worker.health().blocked !== null);
    expect(worker.worker.health()).toMatchObject({
      ready: false,
      blocked: expect.stringMatching(new RegExp(`^no ${isolation} can be started: \\d+ starts failed`)),
    });
    await until("its tasks have left its hands", () => worker.worker.health().running === 0);
    delete environment.NODE_OPTIONS;
    for (const job of jobs) {
      await engine.until(job, JOB_STATUS.finished.code);
      const events = await engine.events(job);
      expect(events.filter(({ kind }) => kind === FAILED)).toEqual([]);
      expect(events.find(({ kind }) => kind === FINISHED)?.data).toMatchObject({ r: { attempt: 1 } });
    }
    expect(worker.worker.health()).toMatchObject({ ready: true, blocked: null });
    await worker.stop();
    await engine.stop();
    await database.drop();
    code.remove();
  },
);
