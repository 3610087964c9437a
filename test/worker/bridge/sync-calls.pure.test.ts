import { AsyncLocalStorage } from "node:async_hooks";
import { setTimeout as sleep } from "node:timers/promises";
import { threadId } from "node:worker_threads";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import {
  bridgeStats,
  closeBridge,
  configureBridge,
  type ExecutionRequest,
  type Executor,
  registerError,
  runAsyncTask,
  type TaskLog,
  useQueue,
} from "@/server/worker/bridge/bridge";
import { defineTask } from "@/server/worker/bridge/define-task";
import { loadTasks } from "@/test/worker/bridge/sync-tasks/load-tasks";
import { PaymentError } from "@/test/worker/bridge/sync-tasks/payment-error";
import { thrownBy } from "@/test/worker/bridge/thrown-by";

vi.setConfig({ testTimeout: 60_000 });

let tasks: Awaited<ReturnType<typeof loadTasks>>;
const apart = { fireAndForget: true } as const;

beforeAll(async () => {
  tasks = await loadTasks();
}, 60_000);

afterAll(async () => {
  await closeBridge();
}, 60_000);

describe("a blocking call", () => {
  it("gives what the task returns, for whatever JSON goes in", () => {
    for (const value of [1, "ä\n,", null, true, [], { a: [{ b: null }] }]) {
      expect(runAsyncTask(tasks.echo, value)).toEqual(value);
    }
  });

  it("runs every task in one thread, and never in this one", () => {
    const places = [1, 2, 3].map(() => runAsyncTask(tasks.where, undefined));
    expect(new Set(places.map((place) => place.threadId)).size).toBe(1);
    expect(places[0]?.threadId).not.toBe(threadId);
    expect(places[0]?.pid).toBe(process.pid);
  });

  it("throws what the task throws: class, code, details, causes and both stacks", () => {
    registerError(PaymentError);
    const error = thrownBy(() => runAsyncTask(tasks.pays, undefined));
    expect(error).toBeInstanceOf(PaymentError);
    expect(error).toMatchObject({ code: "CARD_REFUSED", details: { tries: [1, 2], at: { shop: "a" } } });
    expect(error).toMatchObject({ retryable: true, retryAfterMs: 1500, message: "the card was refused" });
    expect(error.cause).toBeInstanceOf(RangeError);
    expect((error.cause as Error).cause).toMatchObject({ message: "the bank said no" });
    expect(error.stack).toContain("sync-calls.pure.test");
    expect(error.stack).toContain("sync-tasks/tasks.ts");
  });

  it("has no trace context where what came is none", () => {
    const { traceparent } = runAsyncTask(tasks.speaks, undefined, { traceparent: 'a\n{"b":1}' });
    expect(traceparent).toBe("");
  });

  it("lets a time-out of the task's own through as it is", () => {
    const error = thrownBy(() => runAsyncTask(tasks.timesOut, undefined, { timeoutMs: 10_000 }));
    expect(error).toMatchObject({ name: "TimeoutError", message: "the other side took too long" });
    expect(error.code).toBeUndefined();
  });

  it("checks input before anything starts, and output after", () => {
    expect(runAsyncTask(tasks.doubles, { n: "21" })).toEqual({ twice: 42 });
    const before = bridgeStats().submitted;
    const bad = thrownBy(() => runAsyncTask(tasks.doubles, { n: "many" }));
    expect(bad).toMatchObject({ code: "INVALID_INPUT", details: { path: "n" } });
    const unfit = thrownBy(() => runAsyncTask(tasks.echo, { rows: [{ at: new Date() }] }));
    expect(unfit).toMatchObject({ code: "INVALID_INPUT", details: { path: "rows.0.at" } });
    expect(thrownBy(() => runAsyncTask(tasks.echo, 1, { timeoutMs: -1 }))).toMatchObject({ code: "INVALID_INPUT" });
    expect(bridgeStats().submitted).toBe(before);
    expect(thrownBy(() => runAsyncTask(tasks.doubles, { n: 80 }))).toMatchObject({ code: "RESULT_INVALID" });
  });

  it("refuses what is no task, at once and with the reason", () => {
    const refused = (task: unknown) => thrownBy(() => runAsyncTask(task as never, 1));
    expect(refused(sleep(1))).toMatchObject({ code: "INVALID_TASK", message: expect.stringContaining("promise") });
    expect(refused(() => 1)).toMatchObject({ code: "INVALID_TASK", message: expect.stringContaining("defineTask") });
    expect(refused({ name: "x" })).toMatchObject({ code: "INVALID_TASK" });
    const missing = defineTask({ name: "no.such", module: tasks.echo.module, run: () => 1 });
    expect(refused(missing)).toMatchObject({ code: "INVALID_TASK", message: expect.stringContaining("no.such") });
    const newer = defineTask({ name: "test.echo", version: 2, module: tasks.echo.module, run: () => 1 });
    expect(refused(newer)).toMatchObject({ code: "INVALID_TASK", message: expect.stringContaining("version 2") });
    const nowhere = defineTask({ name: "x", module: "file:///no/such/module.mjs", run: () => 1 });
    expect(refused(nowhere)).toMatchObject({ code: "BRIDGE_UNAVAILABLE", cause: { code: "ERR_MODULE_NOT_FOUND" } });
    expect(() => defineTask({ name: "a b", module: "file:///x", run: () => 1 })).toThrow("name");
  });
});

describe("a handle", () => {
  it("is there at once, and tells how far its task is", () => {
    const handle = runAsyncTask(tasks.wait, { ms: 150, value: "late" }, apart);
    expect([handle.done(), handle.cancelled()]).toEqual([false, false]);
    expect(["queued", "running"]).toContain(handle.state);
    expect(thrownBy(() => handle.result({ timeoutMs: 20 }))).toMatchObject({ code: "WAIT_TIMEOUT" });
    expect(handle.result()).toBe("late");
    expect([handle.result(), handle.state, handle.done(), handle.running()]).toEqual([
      "late",
      "succeeded",
      true,
      false,
    ]);
    expect(handle.exception()).toBeNull();
  });

  it("says that it runs while its caller blocks on another", () => {
    const slow = runAsyncTask(tasks.heeds, undefined, { ...apart, graceMs: 20_000 });
    runAsyncTask(tasks.echo, 1);
    expect(slow.running()).toBe(true);
    slow.cancel();
    expect(thrownBy(() => slow.result())).toMatchObject({ code: "TASK_CANCELLED", details: { phase: "soft" } });
  });

  it("runs beside others: ten sleeps take as long as one", () => {
    const began = Date.now();
    const handles = Array.from({ length: 10 }, () => runAsyncTask(tasks.wait, { ms: 500, value: "x" }, apart));
    expect(handles.map((handle) => handle.result())).toEqual(Array(10).fill("x"));
    expect(Date.now() - began).toBeLessThan(4500);
  });

  it("gives its error, its promise, and calls back in its caller's context", async () => {
    const failing = runAsyncTask(tasks.timesOut, undefined, apart);
    expect(failing.exception()).toMatchObject({ name: "TimeoutError" });
    await expect(failing.promise).rejects.toMatchObject({ name: "TimeoutError" });
    const context = new AsyncLocalStorage<string>();
    const seen: unknown[] = [];
    const told = new Promise<void>((resolve) => {
      context.run("mine", () => {
        const handle = runAsyncTask(tasks.wait, { ms: 5, value: "v" }, apart);
        handle.onDone((done) => {
          seen.push(context.getStore(), done.result());
          resolve();
        });
        handle.onDone(() => seen.push("never"))();
      });
    });
    await told;
    expect(seen).toEqual(["mine", "v"]);
    const error = await new Promise((resolve) => {
      runAsyncTask(tasks.throwsText, undefined, { ...apart, onError: resolve });
    });
    expect(error).toMatchObject({ name: "NonErrorThrown", value: "just text" });
  });

  it("that fails unseen is counted and told, and nothing else happens", async () => {
    const told: string[] = [];
    configureBridge({ unobservedAfterMs: 1, onUnobserved: (error, task) => told.push(`${task}: ${error.message}`) });
    const before = bridgeStats().unobservedErrors;
    runAsyncTask(tasks.timesOut, undefined, apart);
    const seen = runAsyncTask(tasks.throwsText, undefined, apart);
    await seen.promise.catch(() => undefined);
    await expect.poll(() => told, { timeout: 20_000 }).toEqual(["test.times-out: the other side took too long"]);
    expect(bridgeStats().unobservedErrors).toBe(before + 1);
  });

  it("is cancelled before it begins, while it runs, and once only", async () => {
    const handle = runAsyncTask(tasks.heeds, undefined, { ...apart, graceMs: 20_000 });
    await expect.poll(() => handle.state, { timeout: 20_000 }).toBe("running");
    expect([handle.cancel("no longer wanted"), handle.cancel()]).toEqual([true, false]);
    expect(handle.state).toBe("cancelling");
    await expect(handle.promise).rejects.toMatchObject({
      code: "TASK_CANCELLED",
      details: { phase: "soft", reason: "no longer wanted" },
    });
    expect([handle.cancelled(), handle.state, handle.cancel()]).toEqual([true, "cancelled", false]);
  });
});

describe("the async form", () => {
  it("resolves and rejects like the task, and heeds a signal", async () => {
    expect(await runAsyncTask.async(tasks.wait, { ms: 1, value: "x" })).toBe("x");
    await expect(runAsyncTask.async(tasks.doubles, { n: "no" })).rejects.toMatchObject({ code: "INVALID_INPUT" });
    const controller = new AbortController();
    const call = runAsyncTask.async(tasks.heeds, undefined, { signal: controller.signal });
    controller.abort(new Error("the visitor left"));
    await expect(call).rejects.toMatchObject({ code: "TASK_CANCELLED", details: { reason: "the visitor left" } });
    await expect(runAsyncTask.async(tasks.echo, 1, { signal: controller.signal })).rejects.toMatchObject({
      code: "TASK_CANCELLED",
    });
  });

  it("brings logs, progress and the trace context across", async () => {
    const logs: TaskLog[] = [];
    const progress: unknown[] = [];
    configureBridge({ onLog: (log) => logs.push(log), traceparent: () => "00-ab-cd-01" });
    const given = await runAsyncTask.async(tasks.speaks, undefined, { onProgress: (...told) => progress.push(told) });
    configureBridge({ traceparent: () => undefined });
    expect(given.traceparent).toBe("00-ab-cd-01");
    expect(progress).toEqual([[0.5, "half"]]);
    const common = { task: "test.speaks", executionId: given.id };
    expect(logs).toEqual([
      { level: "warn", message: "from the console 7", ...common },
      { level: "info", message: "from the context", fields: { rows: 3 }, ...common },
    ]);
  });

  it("has ten thousand sleeps in flight, and refuses one more", async () => {
    const handles = Array.from({ length: 10_000 }, () => runAsyncTask(tasks.wait, { ms: 300 }, apart));
    expect(thrownBy(() => runAsyncTask(tasks.echo, 1, apart))).toMatchObject({
      code: "BRIDGE_SATURATED",
      retryable: true,
    });
    await Promise.all(handles.map((handle) => handle.promise));
    expect(bridgeStats()).toMatchObject({ inFlight: 0 });
    expect(runAsyncTask(tasks.echo, "again")).toBe("again");
  });
});

describe("a durable task", () => {
  it("needs a queue, and a key", () => {
    const start = (key?: string) => runAsyncTask(tasks.echo, 1, { ...apart, durable: true, key });
    expect(thrownBy(() => start("a"))).toMatchObject({ code: "BRIDGE_UNAVAILABLE", message: /useQueue/ });
    useQueue(queueOf([]));
    expect(thrownBy(() => start())).toMatchObject({ code: "INVALID_INPUT", details: { path: "key" } });
    useQueue(null);
  });

  it("goes to the queue under its key, and cannot be blocked on", async () => {
    const asked: ExecutionRequest[] = [];
    useQueue(queueOf(asked));
    const handle = runAsyncTask(tasks.echo, { a: 1 }, { ...apart, durable: true, key: "order-7" });
    expect(thrownBy(() => handle.result())).toMatchObject({ code: "BLOCKING_NOT_ALLOWED" });
    expect(await handle.promise).toEqual({ a: 1 });
    expect([handle.id, handle.result()]).toEqual(["order-7", { a: 1 }]);
    expect(asked[0]).toMatchObject({ id: "order-7", input: '{"a":1}', task: { name: "test.echo" } });
    useQueue(null);
  });
});

/** A queue that is done at once: what it is asked is what is looked at here. */
function queueOf(asked: ExecutionRequest[]): Executor {
  const zombies = { zombies: 0, maxZombies: 0 };
  const nothing = { started: 0, kills: {}, recycles: {}, ...zombies, droppedLogs: 0, waiting: 0, running: 0 };
  return {
    isolation: "queue",
    execute: (request) => {
      asked.push(request);
      return { result: Promise.resolve(request.input), ended: Promise.resolve("ended"), cancel: () => undefined };
    },
    slots: () => [],
    stats: () => ({ ...nothing, unavailable: null }),
    close: async () => ({ finished: 0, cancelled: 0, killed: 0 }),
  };
}
