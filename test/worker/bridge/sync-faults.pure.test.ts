import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import {
  bridgeStats,
  closeBridge,
  configureBridge,
  protectThread,
  runAsyncTask,
  type TaskHandle,
} from "@/server/worker/bridge/bridge";
import { loadTasks } from "@/test/worker/bridge/sync-tasks/load-tasks";
import { thrownBy } from "@/test/worker/bridge/thrown-by";

vi.setConfig({ testTimeout: 90_000 });

let tasks: Awaited<ReturnType<typeof loadTasks>>;
const logs: string[] = [];
const apart = { fireAndForget: true } as const;

beforeAll(async () => {
  tasks = await loadTasks();
  await closeBridge();
  configureBridge({ onLog: ({ message }) => logs.push(message), onUnobserved: () => undefined });
}, 60_000);

afterAll(async () => {
  await closeBridge();
}, 60_000);

/** Whatever came before, the next call is answered. */
afterEach(() => {
  expect(runAsyncTask(tasks.echo, "next", { timeoutMs: 60_000 })).toBe("next");
});

describe("a time limit", () => {
  it("stops a task that heeds its signal, whose thread goes on", () => {
    const before = runAsyncTask(tasks.where, undefined).threadId;
    const error = thrownBy(() => runAsyncTask(tasks.heeds, undefined, { timeoutMs: 100, graceMs: 20_000 }));
    expect(error).toMatchObject({ code: "TASK_TIMEOUT", details: { phase: "soft", limitMs: 100 }, retryable: true });
    expect(runAsyncTask(tasks.where, undefined).threadId).toBe(before);
  });

  it.each(["ignores", "spins"] as const)("kills a task that %s, from a caller that is blocked", (name) => {
    const { kills, generation } = bridgeStats();
    const error = thrownBy(() => runAsyncTask(tasks[name], undefined, { timeoutMs: 100, graceMs: 100 }));
    expect(error).toMatchObject({ code: "TASK_TIMEOUT", details: { phase: "hard", limitMs: 100 } });
    expect(bridgeStats().kills).toBe(kills + 1);
    expect(runAsyncTask(tasks.echo, 1)).toBe(1);
    expect(bridgeStats().generation).toBeGreaterThan(generation);
  });

  it("kills it as well while nobody blocks; who ran beside it is lost", async () => {
    const beside = runAsyncTask(tasks.wait, { ms: 60_000 }, apart);
    await expect.poll(() => beside.state, { timeout: 30_000 }).toBe("running");
    const spinning = runAsyncTask.async(tasks.spins, undefined, { timeoutMs: 100, graceMs: 100 });
    await expect(spinning).rejects.toMatchObject({ code: "TASK_TIMEOUT", details: { phase: "hard" } });
    await expect(beside.promise).rejects.toMatchObject({ code: "BRIDGE_LOST" });
    expect(beside.state).toBe("lost");
  });

  it("and a cancel end a task that heeds neither; what had not begun runs in the next thread", async () => {
    runAsyncTask(tasks.echo, 1);
    const stuck = runAsyncTask(tasks.spins, undefined, { ...apart, graceMs: 100 });
    await expect.poll(() => stuck.state, { timeout: 30_000 }).toBe("running");
    const waiting = runAsyncTask(tasks.echo, "behind it", apart);
    stuck.cancel("enough");
    expect(thrownBy(() => stuck.result())).toMatchObject({
      code: "TASK_CANCELLED",
      details: { phase: "hard", reason: "enough" },
    });
    expect(waiting.result()).toBe("behind it");
  });

  it("of waiting is another: a task that never began is told so", async () => {
    const stuck = runAsyncTask(tasks.spins, undefined, { ...apart, graceMs: 100 });
    await expect.poll(() => stuck.state, { timeout: 30_000 }).toBe("running");
    const error = thrownBy(() => runAsyncTask(tasks.echo, 1, { timeoutMs: 100, graceMs: 100, queueTtlMs: 300 }));
    expect(error).toMatchObject({ code: "QUEUE_TTL_EXPIRED", retryable: true });
    stuck.cancel();
    expect(stuck.exception()).toMatchObject({ code: "TASK_CANCELLED" });
  });
});

describe("a task that misbehaves", () => {
  it("by throwing text, or leaving a rejection, fails alone", () => {
    expect(thrownBy(() => runAsyncTask(tasks.throwsText, undefined))).toMatchObject({
      name: "NonErrorThrown",
      value: "just text",
    });
    expect(thrownBy(() => runAsyncTask(tasks.leavesRejection, undefined))).toMatchObject({
      code: "TASK_CRASHED",
      cause: { message: "nobody looks at this" },
    });
  });

  it("after it returned has succeeded; its thread is replaced once it is idle", async () => {
    const { recycles } = bridgeStats();
    const beside = runAsyncTask(tasks.wait, { ms: 300, value: "unharmed" }, apart);
    expect(runAsyncTask(tasks.failsLater, undefined)).toBe("returned");
    expect(await beside.promise).toBe("unharmed");
    await expect.poll(() => bridgeStats().recycles, { timeout: 30_000 }).toBe(recycles + 1);
    expect(logs.join("\n")).toContain("left behind");
  });

  it("by ending its thread has crashed; who ran beside it is lost", () => {
    expect(thrownBy(() => runAsyncTask(tasks.exits, 7))).toMatchObject({
      code: "TASK_CRASHED",
      details: { exitCode: 7 },
    });
    const beside = runAsyncTask(tasks.wait, { ms: 60_000 }, apart);
    runAsyncTask(tasks.echo, 1);
    const exiting = runAsyncTask(tasks.exits, 0, apart);
    expect(exiting.exception()).toMatchObject({ code: "TASK_CRASHED", details: { exitCode: 0 } });
    expect(beside.exception()).toMatchObject({ code: "BRIDGE_LOST" });
  });

  it("by what it returns is told which member", () => {
    expect(thrownBy(() => runAsyncTask(tasks.returnsFunction, undefined))).toMatchObject({
      code: "RESULT_NOT_SERIALIZABLE",
      details: { path: "rows.0.how" },
    });
    const tooMuch = thrownBy(() => runAsyncTask(tasks.returnsMuch, 17 * 1024 * 1024));
    expect(tooMuch).toMatchObject({ code: "RESULT_TOO_LARGE" });
    const input = "x".repeat(17 * 1024 * 1024);
    expect(thrownBy(() => runAsyncTask(tasks.echo, input))).toMatchObject({ code: "INPUT_TOO_LARGE" });
  });

  it("by using up the memory of its thread is killed, though its caller is blocked", async () => {
    await closeBridge();
    configureBridge({ hardHeapMb: 64 });
    expect(thrownBy(() => runAsyncTask(tasks.hoards, undefined))).toMatchObject({ code: "TASK_OOM" });
    configureBridge({ hardHeapMb: undefined });
  });
});

describe("memory that is in no heap", () => {
  const residentMb = () => Math.round(process.memoryUsage.rss() / 1024 / 1024);

  it("has a limit as well, whether its caller is blocked or not", async () => {
    runAsyncTask(tasks.echo, 1);
    const maxRssMb = residentMb() + 150;
    configureBridge({ maxRssMb });
    const error = { code: "TASK_OOM", details: { phase: "hard" } };
    expect(thrownBy(() => runAsyncTask(tasks.fillsBuffers, 300))).toMatchObject(error);
    await expect.poll(residentMb, { timeout: 30_000 }).toBeLessThan(maxRssMb);
    await expect(runAsyncTask.async(tasks.fillsBuffers, 300)).rejects.toMatchObject(error);
    configureBridge({ maxRssMb: undefined });
  });

  it("that tasks keep makes the thread be replaced, without harm to them", async () => {
    await closeBridge();
    configureBridge({ softHeapMb: 60 });
    const { recycles, kills } = bridgeStats();
    const lengths = [1, 2, 3].map(() => runAsyncTask(tasks.keepsBuffers, 70));
    expect(lengths).toContain(1);
    await expect.poll(() => bridgeStats().recycles, { timeout: 30_000 }).toBeGreaterThan(recycles);
    expect(bridgeStats().kills).toBe(kills);
    await closeBridge();
    configureBridge({ softHeapMb: 512 });
  });
});

describe("a task of its own", () => {
  it("runs in a process, or in a thread that can be killed without harm to others", () => {
    const beside = runAsyncTask(tasks.heeds, undefined, { ...apart, graceMs: 60_000 });
    expect(runAsyncTask(tasks.where, undefined, { isolation: "process" }).pid).not.toBe(process.pid);
    for (const options of [{ isolation: "process" }, { killable: true }] as const) {
      const limits = { ...options, timeoutMs: 100, graceMs: 100 };
      const error = thrownBy(() => runAsyncTask(tasks.spins, undefined, limits));
      expect(error).toMatchObject({ code: "TASK_TIMEOUT", details: { phase: "hard" } });
    }
    expect(beside.done()).toBe(false);
    beside.cancel();
    expect(beside.exception()).toMatchObject({ code: "TASK_CANCELLED", details: { phase: "soft" } });
  });

  it("settles handles and promises like any other", async () => {
    const handle = runAsyncTask(tasks.pays, undefined, { ...apart, isolation: "process" });
    expect(handle.exception()).toMatchObject({ name: "PaymentError", code: "CARD_REFUSED" });
    expect(await runAsyncTask.async(tasks.echo, { a: 1 }, { killable: true })).toEqual({ a: 1 });
  });
});

describe("blocking", () => {
  const guard = Symbol.for("batuta.bridge.guard");

  it("is refused at once in a task of the bridge", () => {
    expect(thrownBy(() => runAsyncTask(tasks.blocks, undefined))).toMatchObject({ code: "NESTED_BLOCKING_CALL" });
  });

  it("is refused at once in a protected thread, where the other forms work", async () => {
    protectThread("worker-main");
    try {
      const error = thrownBy(() => runAsyncTask(tasks.echo, 1));
      expect(error).toMatchObject({ code: "BLOCKING_NOT_ALLOWED", message: expect.stringContaining("worker-main") });
      const handle = runAsyncTask(tasks.wait, { ms: 100, value: "x" }, apart);
      expect(thrownBy(() => handle.result())).toMatchObject({ code: "BLOCKING_NOT_ALLOWED" });
      expect(await handle.promise).toBe("x");
      expect(handle.result()).toBe("x");
      expect(await runAsyncTask.async(tasks.echo, 2)).toBe(2);
      expect(runAsyncTask(tasks.echo, 3, { allowBlocking: true, graceMs: 20_000 })).toBe(3);
      const stuck = thrownBy(() => runAsyncTask(tasks.ignores, undefined, { allowBlocking: true, graceMs: 20_000 }));
      expect(stuck).toMatchObject({ code: "TASK_TIMEOUT", details: { limitMs: 250 } });
      expect(stuck.details).not.toHaveProperty("phase");
    } finally {
      Reflect.deleteProperty(globalThis, guard);
    }
  });
});

it("more calls than a thread has room for are refused, by name", async () => {
  await closeBridge();
  configureBridge({ maxInFlight: 2 });
  try {
    const kept = [1, 2].map(() => runAsyncTask(tasks.heeds, undefined, apart));
    configureBridge({ maxInFlight: 100 });
    expect(thrownBy(() => runAsyncTask(tasks.echo, 1))).toMatchObject({ code: "BRIDGE_SATURATED" });
    for (const handle of kept) handle.cancel();
    for (const handle of kept) expect(handle.exception()).toMatchObject({ code: "TASK_CANCELLED" });
  } finally {
    await closeBridge();
    configureBridge({ maxInFlight: 10_000 });
  }
});

describe("closing", () => {
  it("twice at once comes to one end, and so does one whose threads die meanwhile", async () => {
    runAsyncTask(tasks.echo, 1, { killable: true });
    const ends = await Promise.all([closeBridge(), closeBridge()]);
    expect(ends[0]).toEqual(ends[1]);
    configureBridge({ execArgv: ["--import", "data:text/javascript,process.exit(3)"] });
    try {
      const dying = runAsyncTask(tasks.echo, 1, { ...apart, killable: true });
      await closeBridge({ drainMs: 1, graceMs: 1 });
      expect(dying.exception()).toBeInstanceOf(Error);
    } finally {
      configureBridge({ execArgv: undefined });
    }
  });

  it("settles a hundred open handles, and the next call begins anew", async () => {
    const handles: TaskHandle<unknown>[] = [];
    for (let no = 0; no < 50; no++) handles.push(runAsyncTask(tasks.wait, { ms: 60_000 }, apart));
    for (let no = 0; no < 49; no++) handles.push(runAsyncTask(tasks.heeds, undefined, apart));
    handles.push(runAsyncTask(tasks.wait, { ms: 1, value: "in time" }, apart));
    const closing = closeBridge({ drainMs: 2000, graceMs: 1000 });
    expect(thrownBy(() => runAsyncTask(tasks.echo, 1))).toMatchObject({ code: "BRIDGE_CLOSED" });
    expect(await closing).toEqual({ finished: 1, cancelled: 49, killed: 50 });
    const ends = await Promise.allSettled(handles.map((handle) => handle.promise));
    expect(ends.filter((end) => end.status === "rejected" && end.reason.code === "BRIDGE_CLOSED")).toHaveLength(99);
    expect(bridgeStats()).toMatchObject({ inFlight: 0, threads: 0 });
    expect(await closeBridge()).toEqual({ finished: 0, cancelled: 0, killed: 0 });
  });
});
