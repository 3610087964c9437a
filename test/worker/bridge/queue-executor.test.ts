import { Client } from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { jobStatusOf } from "@/lib/job-status";
import { type Batuta, createBatuta } from "@/server/library";
import { loadExportedTask } from "@/server/worker/bridge/child/exported-task";
import type { Executor } from "@/server/worker/bridge/executor";
import { createInlineExecutor } from "@/server/worker/bridge/inline-executor";
import { createQueueExecutor } from "@/server/worker/bridge/queue-executor";
import { queuedTasks } from "@/server/worker/bridge/queue-task";
import { createTestDatabase, type TestDatabase } from "@/test/support/database";
import { testKeyPrefix, testRedisUrl } from "@/test/support/redis";
import { describeExecutor, errorOf } from "@/test/worker/bridge/executor-contract";
import { fixtureCode } from "@/test/worker/bridge/fixture-code";
import * as fixtures from "@/test/worker/bridge/fixture-tasks";

const NAMES = Object.values(fixtures).flatMap((each) => (typeof each === "object" && "run" in each ? [each.name] : []));

describe.each([true, false])("on real servers (Redis: %s)", (redis) => {
  let database: TestDatabase;
  let batuta: Batuta;
  let far: Executor;
  beforeAll(async () => {
    database = await createTestDatabase();
    far = createInlineExecutor({ load: loadExportedTask, slots: 50, graceMs: 500 });
    batuta = createBatuta({
      config: {
        databaseUrl: database.url,
        ...(redis ? { redisUrl: testRedisUrl(), redisPrefix: testKeyPrefix() } : {}),
        tasksAtOnce: 50,
        taskDrainSeconds: 1,
        onLog: () => undefined,
      },
      tasks: queuedTasks(NAMES.map(fixtureCode), far),
    });
    await batuta.start();
  });
  afterAll(async () => {
    await far?.close({ drainMs: 0 });
    await batuta?.stop();
    await database?.drop();
  });

  describeExecutor(
    "queue",
    (limits) => ({ executor: createQueueExecutor({ queue: batuta, ...limits }), code: fixtureCode }),
    {
      deafEnds: "abandoned",
      isFar: true,
    },
  );

  it("is a job that people find, which is cancelled with its execution", async () => {
    const executor = createQueueExecutor({ queue: batuta });
    const execution = executor.execute({ id: "found", task: fixtureCode("deaf"), input: "null", timeoutMs: null });
    const client = new Client({ connectionString: database.url });
    await client.connect();
    const statuses = async () => {
      const { rows } = await client.query(
        "select status from jobs where labels ->> 'bridge_task' = 'deaf' and state = 'run'",
      );
      return rows.map(({ status }) => jobStatusOf(status));
    };
    await expect.poll(statuses, { timeout: 30_000 }).toContain("waiting_for_worker");
    execution.cancel("no longer");
    expect(await errorOf(execution)).toMatchObject({ code: "TASK_CANCELLED", details: { reason: "no longer" } });
    await expect.poll(statuses, { timeout: 30_000 }).toContain("cancelled");
    await client.end();
    await executor.close({ drainMs: 0 });
  });

  it("says so when no worker serves the task, and when two names are one", async () => {
    const executor = createQueueExecutor({ queue: batuta });
    const run = (name: string) =>
      executor.execute({ id: name, task: { name, module: null, exportName: null }, input: "1", timeoutMs: null });
    expect(await errorOf(run("unheard.of"))).toMatchObject({ code: "INVALID_TASK" });
    expect(await errorOf(run("x".repeat(200)))).toMatchObject({ code: "INVALID_TASK" });
    const [a, b] = ["a.b", "a-b"].map((name) => ({ name, module: null, exportName: null }));
    expect(() => queuedTasks([a, b] as never, far)).toThrow("bridge-a-b");
    await executor.close({ drainMs: 0 });
  });
});
