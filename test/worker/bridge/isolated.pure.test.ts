import { describe, expect, it } from "vitest";
import { createProcessExecutor } from "@/server/worker/bridge/process-executor";
import { createThreadExecutor, type ThreadExecutorOptions } from "@/server/worker/bridge/thread-executor";
import { errorOf, executorBench } from "@/test/worker/bridge/executor-contract";
import { fixtureCode } from "@/test/worker/bridge/fixture-code";
import { isRunning } from "@/test/worker/bridge/is-running";

const kinds = [
  ["thread", createThreadExecutor],
  ["process", createProcessExecutor],
] as const;

interface Place {
  threadId: number;
  pid: number;
  env: string | null;
}

const MIB = 1024 * 1024;

/** Starting threads and processes takes its time on a busy machine. */
const patience = { timeout: 120_000 };

describe.each(kinds)("%s", patience, (kind, create) => {
  const open = executorBench((options: ThreadExecutorOptions) => ({ executor: create(options), code: fixtureCode }));
  const place = (said: unknown) => (kind === "thread" ? (said as Place).threadId : (said as Place).pid);

  it("runs the code elsewhere, in the same place each time, with no environment but what it is given", async () => {
    const { run } = await open({ slots: 1 });
    const first = (await run("place")) as Place;
    expect(place(first)).not.toBe(kind === "thread" ? 0 : process.pid);
    expect(first.env).toBeNull();
    expect(await run("place")).toEqual(first);
    const other = await open({ env: { BRIDGE_SECRET: "given", NODE_OPTIONS: "--use-openssl-ca" } });
    expect(await other.run("place")).toMatchObject({ env: "given" });
  });

  it("tells of what a loop says of each row as much as anybody can read, and the last of it", async () => {
    const { start } = await open({ slots: 1 });
    const told: string[] = [];
    await start("counts", { rows: 50_000 }, { onProgress: (_, message) => told.push(message ?? "") }).result;
    expect(told.length).toBeLessThan(10_000);
    expect([told[0], told.at(-1)]).toEqual(["row 1", "row 50000"]);
  });

  it.each([
    ["endless loop", "endless"],
    ["catastrophic regular expression", "endlessRegex"],
  ])("ends it at its time limit, and goes on: %s", async (_, task) => {
    const { start, run, executor } = await open({ slots: 1 });
    const execution = start(task, null, { timeoutMs: 200, graceMs: 200 });
    expect(await errorOf(execution)).toMatchObject({ code: "TASK_TIMEOUT", details: { phase: "hard" } });
    expect(await execution.ended).toBe("killed");
    expect(await run("echo", 1)).toBe(1);
    expect(executor.stats().kills).toEqual({ timeout: 1 });
  });

  it("tells what a killed task logged last", async () => {
    const { start } = await open({});
    const error = await errorOf(start("endless", null, { timeoutMs: 100, graceMs: 100 }));
    expect(error.details).toMatchObject({ log: ["info: entering the loop"] });
  });

  it("uses a slot again whose task stopped when it was told, and another one when it was killed", async () => {
    const { run, startNow } = await open({ slots: 1 });
    const before = place(await run("place"));
    const obedient = await startNow("obedient");
    obedient.cancel("enough");
    await errorOf(obedient);
    expect(place(await run("place"))).toBe(before);
    const deaf = await startNow("deaf", null, { graceMs: 100 });
    deaf.cancel("enough");
    await errorOf(deaf);
    expect(place(await run("place"))).not.toBe(before);
  });

  it("ends a task that shows no life before its time is over", async () => {
    const { start, run, executor } = await open({ slots: 1 });
    const execution = start("endless", null, { timeoutMs: 600_000, heartbeatTimeoutMs: 400 });
    expect(await errorOf(execution)).toMatchObject({ code: "TASK_STUCK", details: { phase: "hard" } });
    expect(executor.stats().kills).toEqual({ stuck: 1 });
    // One that waits shows life.
    expect(await run("nap", { ms: 1500 }, { heartbeatTimeoutMs: 400 })).toBe("rested");
  });

  it("survives process.exit, and says with which code", async () => {
    const { start, run } = await open({ slots: 1 });
    const error = await errorOf(start("exits", { code: 7 }));
    expect(error).toMatchObject({ code: "TASK_CRASHED", details: { exitCode: 7 } });
    expect(await run("echo", 1)).toBe(1);
  });

  it("says what nobody caught while the task ran", async () => {
    const { start, run } = await open({ slots: 1 });
    const error = await errorOf(start("throwsBeside"));
    expect(error).toMatchObject({ code: "TASK_CRASHED", cause: { message: "beside the task" } });
    expect(await run("echo", 1)).toBe(1);
  });

  it.each(["throwsLater", "rejectsLater"])("replaces a slot whose task left something behind: %s", async (task) => {
    const faults: string[] = [];
    const onEvent: ThreadExecutorOptions["onEvent"] = (event) => {
      if (event.kind === "fault") faults.push(event.error.message);
    };
    const { run, executor } = await open({ slots: 1, onEvent });
    expect(await run(task)).toBe("returned");
    await expect.poll(() => executor.stats().recycles, { timeout: 60_000 }).toEqual({ leaked: 1 });
    expect(faults).toHaveLength(1);
    expect(await run("echo", 1)).toBe(1);
  });

  it("replaces a slot that ended while nothing ran in it", async () => {
    const { run, executor } = await open({ slots: 1 });
    expect(await run("exitsLater")).toBe("returned");
    await expect.poll(() => executor.stats().kills, { timeout: 60_000 }).toEqual({ crash: 1 });
    expect(await run("echo", 1)).toBe(1);
  });

  it("takes no notice of what the task itself sends", async () => {
    const { run } = await open({ slots: 1 });
    expect(await run("forges")).toBe("honest");
  });

  it("ends a task whose listener fails, and nothing else", async () => {
    const { start, run } = await open({ slots: 1 });
    const onLog = () => {
      throw new Error("the log is full");
    };
    const error = await errorOf(start("talkative", null, { onLog }));
    expect(error).toMatchObject({ code: "TASK_CRASHED", cause: { message: "the log is full" } });
    expect(await run("echo", 1)).toBe(1);
  });

  it("gives what came after the fault to another slot", async () => {
    const { start, run } = await open({ slots: 1 });
    await run("echo", 0);
    const both = [start("rejectsLater"), start("echo", "next")];
    expect(await Promise.all(both.map(({ result }) => result))).toEqual(['"returned"', '"next"']);
  });

  it("ends one that fills its heap", async () => {
    const { start, run, executor } = await open({ slots: 1, heapMb: 64 });
    expect(await errorOf(start("fillsHeap"))).toMatchObject({ code: "TASK_OOM" });
    expect(executor.stats().kills).toEqual({ oom: 1 });
    expect(await run("echo", 1)).toBe(1);
  });

  it("ends one that fills itself with buffers, and not its neighbour", async () => {
    const maxRssMb = kind === "process" ? 250 : Math.round(process.memoryUsage.rss() / MIB) + 200;
    const { start, startNow, run } = await open({ slots: 2, heapMb: 64, maxRssMb, beatMs: 100 });
    const neighbour = await startNow("obedient");
    expect(await errorOf(start("fillsBuffers", { mb: 600 }))).toMatchObject({ code: "TASK_OOM" });
    expect(await run("echo", 1)).toBe(1);
    neighbour.cancel("done");
    expect(await errorOf(neighbour)).toMatchObject({ code: "TASK_CANCELLED", details: { phase: "soft" } });
  });

  it("replaces slots that keep memory, and after many tasks", async () => {
    const { run, executor } = await open({ slots: 1, softHeapMb: 60, heapMb: 256, maxTasksPerSlot: 400 });
    const count = kind === "thread" ? 1000 : 300;
    let largest = 0;
    for (let index = 0; index < count; index++) largest = Math.max(largest, Number(await run("leaks")));
    expect(largest).toBeLessThan(count);
    expect(executor.stats().recycles.heap).toBeGreaterThan(0);
    expect(executor.stats().kills).toEqual({});
    const few = await open({ slots: 1, maxTasksPerSlot: 10 });
    for (let index = 0; index < 30; index++) await few.run("echo", index);
    expect(few.executor.stats().recycles).toEqual({ tasks: 3 });
  });

  it("makes records of what the task prints, and counts those that are too many", async () => {
    const { run, executor } = await open({ slots: 1 });
    const printed: string[] = [];
    await run("printing", null, { onLog: ({ level, message }) => printed.push(`${level}: ${message}`) });
    expect(printed).toEqual(["info: printed 7", "error: wrong", "info: raw"]);
    let lines = 0;
    await run("flooding", 50_000, { onLog: () => lines++ });
    expect(lines).toBeLessThan(50_000);
    expect(executor.stats().droppedLogs).toBe(50_000 - lines);
  });

  it("says why nothing can be started, and does not go on trying", async () => {
    const told: string[] = [];
    const entry = new URL("file:///nowhere/slot.mjs");
    const { start, executor } = await open({ entry, onEvent: ({ kind: what }) => told.push(what) });
    const error = await errorOf(start("echo", 1));
    expect(error).toMatchObject({ code: "BRIDGE_UNAVAILABLE", retryable: true });
    expect((error.cause as Error).message).toContain("/nowhere/slot.mjs");
    expect(executor.stats().unavailable).toMatch(/starts failed within 30 s/);
    expect(told.filter((what) => what === "spawn-failed")).toHaveLength(6);
    expect(told).toContain("unavailable");
    expect(await errorOf(start("echo", 1))).toMatchObject({ code: "BRIDGE_UNAVAILABLE" });
    expect(told.filter((what) => what === "spawn-failed")).toHaveLength(6);
  });

  it("shows what each slot does", async () => {
    const { startNow, executor } = await open({ slots: 2 });
    const execution = await startNow("obedient", null, { id: "attempt-9" });
    const state = { no: 1, isolation: kind, status: "running", task: "obedient", executionId: "attempt-9" };
    expect(executor.slots()).toEqual([expect.objectContaining(state)]);
    execution.cancel("enough");
    expect(executor.slots()[0]?.status).toBe("aborting");
    await errorOf(execution);
    expect(executor.slots()).toEqual([
      expect.objectContaining({ no: 1, status: "idle", task: null, executionId: null, tasksDone: 1 }),
    ]);
  });

  it("loses the neighbours of a killed task where tasks share a slot", async () => {
    const { startNow, start } = await open({ slots: 1, tasksPerSlot: 3 });
    const neighbour = await startNow("obedient");
    const deaf = start("deaf", null, { timeoutMs: 50, graceMs: 100 });
    expect(await errorOf(deaf)).toMatchObject({ code: "TASK_TIMEOUT", details: { phase: "hard" } });
    expect(await errorOf(neighbour)).toMatchObject({ code: "BRIDGE_LOST", retryable: true });
  });
});

describe("a native call that blocks", patience, () => {
  const threads = executorBench((options: ThreadExecutorOptions) => ({
    executor: createThreadExecutor(options),
    code: fixtureCode,
  }));
  const processes = executorBench((options: ThreadExecutorOptions) => ({
    executor: createProcessExecutor(options),
    code: fixtureCode,
  }));

  it("makes a zombie of its thread, which is replaced", async () => {
    const { start, run, executor } = await threads({ slots: 1, zombieAfterMs: 300 });
    const execution = start("nativeSleep", { seconds: 5 }, { timeoutMs: 100, graceMs: 100 });
    expect(await errorOf(execution)).toMatchObject({ code: "TASK_TIMEOUT", details: { phase: "hard" } });
    expect(await execution.ended).toBe("abandoned");
    expect(executor.slots().map(({ status }) => status)).toContain("zombie");
    expect(executor.stats()).toMatchObject({ zombies: 1, unavailable: null });
    expect(await run("echo", 1)).toBe(1);
    await expect.poll(() => executor.stats().zombies, { timeout: 60_000 }).toBe(0);
  });

  it("leaves fewer threads when there are too many zombies", async () => {
    const { start, executor } = await threads({ slots: 1, zombieAfterMs: 200, maxZombies: 0 });
    await errorOf(start("nativeSleep", { seconds: 3 }, { timeoutMs: 100, graceMs: 100 }));
    expect(executor.stats().unavailable).toMatch(/cannot be ended/);
    expect(await errorOf(start("echo", 1))).toMatchObject({ code: "BRIDGE_UNAVAILABLE" });
    await expect.poll(() => executor.stats().unavailable, { timeout: 60_000 }).toBeNull();
  });

  it("leaves no program behind that a task started", async () => {
    const { start } = await processes({ slots: 1 });
    const programs: number[] = [];
    const onLog = ({ message }: { message: string }) => void programs.push(Number(message));
    await errorOf(start("begets", null, { timeoutMs: 300, graceMs: 100, onLog }));
    expect(programs).toHaveLength(1);
    await expect.poll(() => programs.filter(isRunning), { timeout: 60_000 }).toEqual([]);
  });

  it("is ended with its process", async () => {
    const { start, run, executor } = await processes({ slots: 1 });
    const execution = start("nativeSleep", { seconds: 5 }, { timeoutMs: 100, graceMs: 100 });
    expect(await errorOf(execution)).toMatchObject({ code: "TASK_TIMEOUT", details: { phase: "hard" } });
    expect(await execution.ended).toBe("killed");
    expect(await run("echo", 1)).toBe(1);
    expect(executor.stats().zombies).toBe(0);
  });
});
