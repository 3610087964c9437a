import { afterAll, beforeAll, expect, it } from "vitest";
import { createBatuta, type JobError, TaskError } from "@/server/library";
import { createTestDatabase, type TestDatabase } from "@/test/support/database";
import { testKeyPrefix, testRedisUrl } from "@/test/support/redis";

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database?.drop());

it.each([true, false])("enqueues tasks without a blueprint and waits for them (with Redis: %s)", async (redis) => {
  const attempts: string[] = [];
  const batuta = createBatuta({
    config: {
      databaseUrl: database.url,
      ...(redis ? { redisUrl: testRedisUrl(), redisPrefix: testKeyPrefix() } : {}),
      onLog: () => undefined,
    },
    tasks: {
      add: async ({ a, b }) => ({ sum: Number(a) + Number(b) }),
      refuse: async ({ why }) => {
        throw new TaskError("INVALID_INPUT_ERROR", String(why), { details: { field: "why" } });
      },
      stumble: async (_params, { attempt, taskId }) => {
        attempts.push(taskId);
        if (attempt < 3) throw new Error("not yet");
        return { attempt };
      },
    },
  });
  await batuta.start();
  try {
    const id = await batuta.enqueue("add", { a: 1, b: 2 }, { labels: { sheet: "7" }, idempotencyKey: `add-${redis}` });
    expect(
      await batuta.enqueue("add", { a: 1, b: 2 }, { labels: { sheet: "7" }, idempotencyKey: `add-${redis}` }),
    ).toBe(id);
    expect(await batuta.wait(id, { timeoutMs: 60_000 })).toEqual({ sum: 3 });
    for (const onFailure of ["end", "quarantine"] as const) {
      const bad = await batuta.enqueue("refuse", { why: "no" }, { onFailure, retry: { maxAttempts: 5, baseMs: 0 } });
      const error = (await batuta.wait(bad).catch((thrown: unknown) => thrown)) as JobError;
      expect(error).toMatchObject({
        name: "JobError",
        jobId: bad,
        status: "failed",
        code: "INVALID_INPUT_ERROR",
        reason: "no",
        details: { field: "why" },
      });
    }
    const third = await batuta.enqueue("stumble", {}, { retry: { maxAttempts: 3, baseMs: 0 }, timeoutSeconds: 30 });
    expect(await batuta.wait(third)).toEqual({ attempt: 3 });
    expect(new Set(attempts).size).toBe(3);
    await expect(batuta.enqueue("ad")).rejects.toMatchObject({ status: 422, code: "unknown_task" });
    const parked = await batuta.enqueue("ad", {}, { park: true });
    await batuta.cancel(parked);
    await expect(batuta.wait(parked)).rejects.toMatchObject({ status: "cancelled" });
    await expect(batuta.enqueue("add", {}, { timeoutSeconds: -1 })).rejects.toMatchObject({ status: 400 });
  } finally {
    await batuta.stop();
  }
});
