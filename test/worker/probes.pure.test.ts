import { setTimeout as delay } from "node:timers/promises";
import { expect, test, vi } from "vitest";
import { ConfigError } from "@/server/config";
import { metricsRefusal } from "@/server/metrics-door";
import { answerProbe } from "@/server/probes/answer";
import { watchLiveness } from "@/server/probes/liveness";
import { WatchedCheck } from "@/server/probes/watched-check";
import { taskSet, tasksInMemory } from "@/server/tasks/task-set";
import { Stopping } from "@/server/worker/cli/stopping";
import type { WorkerHealth } from "@/server/worker/health";
import { createWorkerMetrics } from "@/server/worker/metrics";
import { overrunOf, slotsCheck } from "@/server/worker/overrun";
import { watchConsumer } from "@/server/worker/probes/consumer-watch";
import { servedTasks } from "@/server/worker/served-queues";
import { allowedUnless, TaskAllowance } from "@/server/worker/task-allowance";

const idle: WorkerHealth = {
  ready: true,
  draining: false,
  blocked: null,
  overrun: null,
  checks: {},
  sessionId: "s",
  running: 0,
  waiting: 0,
  unreported: 0,
};

test("one failure is no outage, two are; one success ends it; many askers make one question", async () => {
  const answers: (string | null)[] = [null, "gone", null, "gone", "gone", "gone", null];
  let asked = 0;
  const check = new WatchedCheck({ name: "db", ask: async () => answers[asked++] ?? null });
  check.start();
  await Promise.all([check.now(), check.now(), check.now()]);
  expect([asked, check.last.ok]).toEqual([1, true]);
  const seen: boolean[] = [];
  for (let turn = 2; turn <= answers.length; turn += 1) {
    await vi.waitUntil(() => asked === turn, { timeout: 5_000, interval: 5 });
    await delay(5);
    seen.push(check.last.ok);
  }
  check.stop();
  expect(seen).toEqual([true, true, true, false, false, true]);
});

test("who does not answer in time has failed, and is not asked again while the question is open", async () => {
  let asked = 0;
  const check = new WatchedCheck({
    name: "redis",
    ask: () => {
      asked += 1;
      return new Promise(() => undefined);
    },
  });
  check.start();
  expect(await check.now()).toMatchObject({ name: "redis", ok: false, message: "did not answer within 800 ms" });
  check.stop();
  expect(asked).toBe(1);
});

test("a worker with free places that asks for no tasks is not alive; a full or draining one owes no question", async () => {
  let health: WorkerHealth = { ...idle, running: 2 };
  const consumer = watchConsumer(() => health, 2);
  const liveness = watchLiveness({ pulse: consumer, silenceMs: 30 });
  const failing = () => liveness.results().filter(({ ok }) => !ok);
  await delay(60);
  expect(failing()).toEqual([]);
  for (const excuse of [{ draining: true }, { blocked: "no thread can be started" }, { unreported: 3 }]) {
    health = { ...idle, ...excuse };
    expect(failing()).toEqual([]);
  }
  health = idle;
  expect(failing()).toMatchObject([{ name: "consumer" }]);
  consumer.asked();
  expect(failing()).toEqual([]);
  consumer.stop();
  liveness.stop();
});

test("more slots that cannot be ended than are replaced: not alive, whatever others still do", () => {
  const stats = { thread: { zombies: 3, maxZombies: 3 }, process: { zombies: 0, maxZombies: 0 } };
  const liveness = watchLiveness({ pulse: null, more: [slotsCheck(() => ({ overrun: overrunOf(stats) }))] });
  expect(liveness.results()).toMatchObject([{ ok: true }, { name: "slots", ok: true }]);
  stats.thread.zombies = 4;
  expect(liveness.results()[1]).toMatchObject({
    ok: false,
    message: expect.stringContaining("4 slots of isolation thread cannot be ended, more than the 3"),
  });
  const told = answerProbe("/livez", liveness.results(), new URLSearchParams("verbose&exclude=slot"), () => ({}));
  expect(told).toMatchObject({ status: 503, body: expect.stringContaining('no check is called "slot"') });
  liveness.stop();
});

test("an event loop that stood still is told", async () => {
  const liveness = watchLiveness({ pulse: null, lagMs: 200 });
  await delay(20);
  expect(liveness.results()).toEqual([{ name: "loop", ok: true, latency_ms: 0 }]);
  const until = performance.now() + 900;
  while (performance.now() < until);
  expect(liveness.results()).toMatchObject([{ ok: false, message: expect.stringContaining("stood still") }]);
  liveness.stop();
});

test("metrics: open, 401, 403, and closed to all without a key", () => {
  const door = { requireAuth: true, token: "the-key-of-the-metrics" };
  const nobody = { apiKey: null, authorization: null };
  expect(metricsRefusal({ requireAuth: false, token: null }, nobody)).toBeNull();
  expect(metricsRefusal(door, nobody)?.status).toBe(401);
  expect(metricsRefusal(door, { apiKey: "wrong", authorization: null })?.status).toBe(403);
  expect(metricsRefusal(door, { apiKey: null, authorization: `bearer ${door.token}` })).toBeNull();
  expect(metricsRefusal({ requireAuth: true, token: null }, { apiKey: "any", authorization: null })?.status).toBe(403);
});

test("a figure that cannot be kept costs nobody anything, and is told", () => {
  const faults: unknown[] = [];
  const facts = { version: "1", hostname: "h", dependencies: () => ({}), heartbeatAt: () => null };
  const metrics = createWorkerMetrics(() => idle, { ...facts, onFault: (error) => faults.push(error) });
  metrics.ended({ type: "a", outcome: "success", ms: Number.NaN });
  metrics.ended({ type: "b", outcome: "success", ms: "much" as unknown as number });
  expect(faults.length).toBeGreaterThan(0);
});

test("task types beyond two hundred are counted as other", async () => {
  const metrics = createWorkerMetrics(() => idle);
  for (let n = 0; n < 205; n += 1) metrics.ended({ type: `t${n}`, outcome: "success", ms: 1 });
  metrics.ended({ type: "t1", outcome: "failure", code: "TIMEOUT_ERROR", ms: 1 });
  const text = await metrics.registry.metrics();
  expect(text).toContain('batuta_tasks_total{task="other",outcome="success"} 5');
  expect(text).toContain('batuta_tasks_total{task="t1",outcome="timeout"} 1');
});

test("the queues that are served: by name and pattern; a word for nothing is a fault with its variable", () => {
  const run = async () => ({});
  const tasks = taskSet(tasksInMemory({ extract_text: run, extract_image: run, "a.b": run, axb: run }));
  expect(servedTasks(tasks, null)).toBe(tasks);
  expect([...servedTasks(tasks, ["extract_*"]).names].toSorted()).toEqual(["extract_image", "extract_text"]);
  const one = servedTasks(tasks, ["a.b"]);
  expect([[...one.names], one.find("axb"), one.find("a.b")?.name]).toEqual([["a.b"], undefined, "a.b"]);
  expect(() => servedTasks(tasks, ["a.b", "documents"])).toThrow(ConfigError);
  expect(() => servedTasks(tasks, ["a.b", "documents"])).toThrow(/WORKER_QUEUES names documents: .*axb/);
});

test("an allowance is spent when all came, and given back with what went back", () => {
  const allowance = new TaskAllowance(3);
  expect([allowance.ask(2), allowance.ask(5), allowance.isSpent]).toEqual([2, 1, false]);
  allowance.came(2, 2);
  allowance.came(1, 0);
  expect(allowance.isSpent).toBe(false);
  allowance.came(allowance.ask(4), 1);
  expect([allowance.ask(4), allowance.isSpent]).toEqual([0, true]);
  allowance.wentBack(1);
  expect(allowance.isSpent).toBe(false);
});

test("a worker that has no room asks for nothing, and for as much as it may when it has", () => {
  let reason: string | null = "too much memory is in use";
  const blocked = () => reason;
  const given = new TaskAllowance(3);
  const [free, limited] = [allowedUnless(blocked), allowedUnless(blocked, given)];
  expect([free.ask(5), limited.ask(5)]).toEqual([0, 0]);
  reason = null;
  expect([free.ask(5), limited.ask(5)]).toEqual([5, 3]);
  limited.came(3, 3);
  expect(given.isSpent).toBe(true);
});

test("the first wish drains, the second hurries, the third ends the process; a crash drains shortly and is code 1", async () => {
  const log = { debug: vi.fn(), info: vi.fn(), warn: vi.fn(), error: vi.fn(), child: () => log };
  const exits: number[] = [];
  let stopped = (): void => undefined;
  const stop = vi.fn(() => new Promise<void>((resolve) => (stopped = resolve)));
  const hurry = new AbortController();
  const stopping = new Stopping({ log, stop, graceMs: 2_000 }, 1_000, hurry, (code) => exits.push(code));
  stopping.ask("SIGTERM");
  expect([stop.mock.calls.length, hurry.signal.aborted, exits]).toEqual([1, false, []]);
  stopping.ask("SIGTERM");
  expect([stop.mock.calls.length, hurry.signal.aborted, exits]).toEqual([1, true, []]);
  stopping.ask("SIGINT");
  expect(exits).toEqual([130]);
  stopped();
  expect(await stopping.ended).toBe(0);
  const crashed = new Stopping({ log, stop, graceMs: 2_000 }, 1_000, new AbortController(), () => undefined);
  crashed.crash("an error that nobody caught", new Error("no"));
  stopped();
  expect(await crashed.ended).toBe(1);
  expect(log.error).toHaveBeenCalledWith("an error that nobody caught", { error: expect.any(Error) });
  const failed = new Stopping({ log, stop, graceMs: 2_000 }, 1_000, new AbortController(), () => undefined);
  failed.fail("no memory is left");
  stopped();
  expect(await failed.ended).toBe(1);
});

test("a stop that hangs is ended after the drain, the longest grace of its tasks, and five seconds", () => {
  vi.useFakeTimers();
  try {
    const log = { debug: vi.fn(), info: vi.fn(), warn: vi.fn(), error: vi.fn(), child: () => log };
    const exits: number[] = [];
    const running = { log, stop: () => new Promise<void>(() => undefined), graceMs: 60_000 };
    const stopping = new Stopping(running, 10_000, new AbortController(), (code) => exits.push(code));
    stopping.ask("SIGTERM");
    vi.advanceTimersByTime(74_999);
    expect(exits).toEqual([]);
    vi.advanceTimersByTime(1);
    expect(exits).toEqual([1]);
  } finally {
    vi.useRealTimers();
  }
});
