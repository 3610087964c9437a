import { Client } from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { jobStatusOf } from "@/lib/job-status";
import { type Batuta, createBatuta } from "@/server/library";
import {
  type BridgeTask,
  bridgeStats,
  closeBridge,
  configureBridge,
  registerError,
  runAsyncTask,
  useQueue,
} from "@/server/worker/bridge/bridge";
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
import { loadTasks } from "@/test/worker/bridge/sync-tasks/load-tasks";
import { PaymentError } from "@/test/worker/bridge/sync-tasks/payment-error";

const codeOf = ({ name, module }: BridgeTask) => ({ name, module, exportName: null });
const NAMES = Object.values(fixtures).flatMap((each) => (typeof each === "object" && "run" in each ? [each.name] : []));

describe.each([true, false])("on real servers (Redis: %s)", (redis) => {
  let database: TestDatabase;
  let batuta: Batuta;
  let far: Executor;
  let tasks: Awaited<ReturnType<typeof loadTasks>>;
  beforeAll(async () => {
    tasks = await loadTasks();
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
      tasks: queuedTasks([...NAMES.map(fixtureCode), ...Object.values(tasks).map(codeOf)], far),
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

  describe("a durable call", () => {
    let queue: Executor;
    beforeAll(() => {
      queue = createQueueExecutor({ queue: batuta });
      useQueue(queue);
      configureBridge({ unobservedAfterMs: 1, onUnobserved: () => undefined });
    });
    afterAll(async () => {
      useQueue(null);
      configureBridge({ unobservedAfterMs: 1000 });
      await closeBridge();
      await queue?.close({ drainMs: 0 });
    });
    const durable = (key: string) => ({ fireAndForget: true, durable: true, key }) as const;

    it("runs once under its key, whoever asks again, and not for another input", async () => {
      const handle = runAsyncTask(tasks.speaks, undefined, durable("speech"));
      expect([handle.id, handle.done()]).toEqual(["speech", false]);
      const first = await handle.promise;
      expect([handle.state, handle.result()]).toEqual(["succeeded", first]);
      useQueue(createQueueExecutor({ queue: batuta }));
      expect(await runAsyncTask(tasks.speaks, undefined, durable("speech")).promise).toEqual(first);
      useQueue(queue);
      const other = runAsyncTask(tasks.echo, "another", durable("speech"));
      await expect(other.promise).rejects.toMatchObject({ code: "INVALID_INPUT" });
    });

    it("fails with the task's own error, which is told when nobody looks", async () => {
      registerError(PaymentError);
      const before = bridgeStats().unobservedErrors;
      const handle = runAsyncTask(tasks.pays, undefined, durable("payment"));
      await expect.poll(() => handle.state, { timeout: 30_000 }).toBe("failed");
      await expect.poll(() => bridgeStats().unobservedErrors, { timeout: 30_000 }).toBe(before + 1);
      const error = handle.exception();
      expect(error).toBeInstanceOf(PaymentError);
      expect(error).toMatchObject({ code: "CARD_REFUSED", details: { tries: [1, 2] } });
      expect(bridgeStats().inFlight).toBe(0);
    });

    it("is cancelled by its handle and by its signal", async () => {
      const handle = runAsyncTask(tasks.heeds, undefined, durable("cancelled"));
      expect(bridgeStats().inFlight).toBe(1);
      expect(handle.cancel("enough")).toBe(true);
      await expect(handle.promise).rejects.toMatchObject({ code: "TASK_CANCELLED", details: { reason: "enough" } });
      expect(handle.state).toBe("cancelled");
      const by = new AbortController();
      const other = runAsyncTask(tasks.heeds, undefined, { ...durable("signalled"), signal: by.signal });
      by.abort(new Error("no longer"));
      await expect(other.promise).rejects.toMatchObject({ code: "TASK_CANCELLED", details: { reason: "no longer" } });
    });

    it("keeps to its time limit on its worker", async () => {
      const limits = { ...durable("limited"), timeoutMs: 200 };
      await expect(runAsyncTask(tasks.heeds, undefined, limits).promise).rejects.toMatchObject({
        code: "TASK_TIMEOUT",
        details: { limitMs: 200 },
      });
    });

    it("is let go of by a bridge that closes, goes on, and is found again under its key", async () => {
      const given = { ms: 1500, value: "still there" };
      const handle = runAsyncTask(tasks.wait, given, durable("kept"));
      expect(await closeBridge()).toEqual({ finished: 0, cancelled: 1, killed: 0 });
      expect(handle.exception()).toMatchObject({ code: "BRIDGE_CLOSED" });
      expect(await runAsyncTask(tasks.wait, given, durable("kept")).promise).toBe("still there");
    });
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
