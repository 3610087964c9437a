import { afterAll, beforeAll, expect, it } from "vitest";
import {
  ConfigError,
  createBatuta,
  defineBlueprint,
  end,
  handler,
  type JobError,
  type JobTimeoutError,
  task,
  wait,
} from "@/server/library";
import { createTestDatabase, type TestDatabase } from "@/test/support/database";
import { testKeyPrefix, testRedisUrl } from "@/test/support/redis";

const flow = defineBlueprint({
  name: "flow",
  states: {
    work: task({ taskType: "double", params: { n: "${initial_data.n}" }, transitions: { success: "keep" } }),
    keep: handler({ to: ["done", "hold"] }, ({ actions, stateHistory, dataStores }) => {
      (dataStores.seen as number[]).push(stateHistory.doubled as number);
      return actions.transitionTo(stateHistory.doubled === 0 ? "hold" : "done");
    }),
    hold: wait({ signal: "go", transitions: { received: "done" } }),
    done: end({ outcome: "success", result: { doubled: "${state_history.doubled}" } }),
  },
});

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database?.drop());

function make(redis: boolean) {
  const closed: string[] = [];
  const seen: number[] = [];
  const logged: string[] = [];
  const store = { close: () => void closed.push("store") };
  const batuta = createBatuta({
    config: {
      databaseUrl: database.url,
      ...(redis ? { redisUrl: testRedisUrl(), redisPrefix: testKeyPrefix() } : {}),
      onLog: (line) => void logged.push(line),
    },
    blueprints: [{ ...flow, dataStores: { again: store } }],
    tasks: {
      double: async (params) => {
        if (params.n === "broken") throw new Error("cannot double that");
        return { data: { doubled: (params.n as number) * 2 } };
      },
    },
    dataStores: { seen, store },
  });
  return { batuta, closed, seen, logged };
}

it.each([true, false])("runs jobs, waits for them, and asks about them (with Redis: %s)", async (redis) => {
  const { batuta, closed, seen, logged } = make(redis);
  await expect(batuta.run("flow", { n: 1 })).rejects.toThrow("not started");
  await batuta.start();
  expect(await batuta.run<{ doubled: number }>("flow", { n: 4 }, { timeoutMs: 20_000 })).toEqual({ doubled: 8 });
  const held = await batuta.startJob("flow", { n: 0 }, { idempotencyKey: `held-${redis}` });
  expect(await batuta.startJob("flow", { n: 0 }, { idempotencyKey: `held-${redis}` })).toBe(held);
  const late = (await batuta.wait(held, { timeoutMs: 300 }).catch((error: unknown) => error)) as JobTimeoutError;
  expect([late.name, late.jobId]).toEqual(["JobTimeoutError", held]);
  await expect.poll(async () => (await batuta.job(held)).state, { timeout: 60_000 }).toBe("hold");
  const stop = new AbortController();
  const waiting = batuta.wait(held, { signal: stop.signal });
  stop.abort(new Error("no longer interested"));
  await expect(waiting).rejects.toThrow("no longer interested");
  await batuta.signal(held, "go");
  expect(await batuta.wait(held)).toEqual({ doubled: 0 });
  await expect(batuta.cancel(held)).rejects.toMatchObject({ name: "ApiError", status: 409 });
  await expect(batuta.job("no id")).rejects.toMatchObject({ status: 404 });
  await expect(batuta.run("absent")).rejects.toMatchObject({ status: 404 });
  const other = await batuta.startJob("flow", { n: 0 });
  await batuta.cancel(other, { reason: "enough" });
  const cancelled = (await batuta.wait(other).catch((error: unknown) => error)) as JobError;
  expect([cancelled.name, cancelled.jobId, cancelled.status]).toEqual(["JobError", other, "cancelled"]);
  expect((await batuta.fetch(new Request("http://localhost/healthz"))).status).toBe(200);
  expect(seen.filter((n) => n === 8)).toHaveLength(1);
  await batuta.stop();
  expect(closed).toEqual(["store"]);
  await expect(batuta.startJob("flow")).rejects.toThrow("has been stopped");
  expect(logged.filter((line) => line.includes('"level":"error"'))).toEqual([]);
});

it("names every member of the configuration that is at fault, and nothing is started", async () => {
  const batuta = createBatuta({ config: { databaseUrl: "mysql://x", tasksAtOnce: 0, clientToken: "short" } });
  const error = await batuta.start().catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(ConfigError);
  expect((error as ConfigError).faults.map((fault) => fault.split(" ")[0]).sort()).toEqual([
    "config.clientToken",
    "config.databaseUrl",
    "config.tasksAtOnce",
  ]);
  await batuta.stop();
  const strange = createBatuta({ config: { databaseUrl: database.url, datadir: "x" } as never });
  await expect(strange.start()).rejects.toThrow("datadir is no member of the configuration");
});
