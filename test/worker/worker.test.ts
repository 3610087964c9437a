import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { JOB_STATUS } from "@/lib/job-status";
import { TaskError, type TaskFunction } from "@/server/tasks/task-function";
import { ownSessionRows } from "@/server/workers/worker-rows";
import { until } from "@/test/queue/queue-world";
import { createTestDatabase, type TestDatabase } from "@/test/support/database";
import { testKeyPrefix, testRedisUrl } from "@/test/support/redis";
import { assertWhole, type EngineHost, type HostOptions, hostEngine } from "@/test/turn/engine-host";
import { gate, hostWorkerProcess, oneTask } from "./worker-host";

const { finished, failed, quarantined, cancelled } = JOB_STATUS;
const STARTED = 8;
const FINISHED = 9;
const FAILED = 10;
const REDELIVERED = 12;

describe.each(["redis", "postgres"] as const)("the worker process on the %s queue", (kind) => {
  let database: TestDatabase;
  let options: HostOptions;
  let engine: EngineHost;
  const types = ["echo", "slow", "limited", "bound", "kept", "gone", "stuck", "long", "lost", "bytype", "big"];

  beforeAll(async () => {
    database = await createTestDatabase();
    options = {
      databaseUrl: database.url,
      redisUrl: kind === "redis" ? testRedisUrl() : null,
      prefix: testKeyPrefix(),
      leaseMs: 1_500,
      blueprints: types.map((type) => oneTask(type, type, type === "limited" ? { timeout_seconds: 0.3 } : {})),
    };
    engine = await hostEngine(options);
  });

  afterAll(async () => {
    await engine.stop();
    await assertWhole(database.url);
    await database.drop();
  });

  const kinds = async (job: string) => (await engine.events(job)).map((event) => event.kind);
  const dataOf = async (job: string, event: number) =>
    (await engine.events(job)).find((one) => one.kind === event)?.data;

  test("runs a short task with what it needs to know, in one report", async () => {
    const seen: unknown[] = [];
    const worker = await hostWorkerProcess(options, {
      echo: async (params, { jobId, taskId, attempt, idempotencyKey }) => {
        seen.push({ jobId, taskId, attempt, idempotencyKey });
        return { data: { said: params.in as object } };
      },
    });
    const job = await engine.start("echo", { a: [1, "ü"] });
    await engine.until(job, finished.code);
    await worker.stop();
    expect(await dataOf(job, FINISHED)).toMatchObject({
      outcome: "success",
      r: { said: { a: [1, "ü"] } },
      worker: "w1",
    });
    expect(await kinds(job)).not.toContain(STARTED);
    const no = (await dataOf(job, FINISHED))?.n;
    expect(seen).toEqual([{ jobId: job, taskId: `${job}.${no}.1`, attempt: 1, idempotencyKey: `${job}.${no}` }]);
  });

  test("maps thrown errors, foreign statuses and data that is not JSON", async () => {
    const answers: Record<string, TaskFunction> = {
      fails: () => Promise.reject(new TaskError("INVALID_INPUT_ERROR", "file: is empty\u0000", { details: { no: 3 } })),
      throws: () => Promise.reject(new TypeError("x is undefined")),
      cycle: async () => {
        const data: Record<string, unknown> = {};
        data.self = data;
        return { data };
      },
      large: async () => ({ data: { text: "x".repeat(1024 * 1024) } }),
      list: async () => ({ data: [1] as unknown as Record<string, unknown> }),
      word: async () => ({ status: "needs_review", data: {} }),
      bare: async () => ({ plain: true, dropped: undefined, when: new Date(0) }),
      nul: async () => ({ data: { text: "a\u0000b\ud800" } }),
    };
    const worker = await hostWorkerProcess(options, {
      bytype: (params, context) => (answers[(params.in as { how: string }).how] as TaskFunction)(params, context),
    });
    const run = async (how: string, ...codes: number[]) => {
      const job = await engine.start("bytype", { how });
      await engine.until(job, ...codes);
      return (await dataOf(job, FAILED)) ?? (await dataOf(job, FINISHED));
    };
    const { error: errorStatus } = JOB_STATUS;
    expect(await run("fails", failed.code, errorStatus.code)).toMatchObject({
      code: "INVALID_INPUT_ERROR",
      message: "file: is empty\uFFFD",
      details: { no: 3 },
    });
    expect(await run("throws", quarantined.code)).toMatchObject({
      code: "INTERNAL_ERROR",
      message: "TypeError: x is undefined",
    });
    expect(await run("cycle", quarantined.code)).toMatchObject({ code: "CONTRACT_VIOLATION" });
    expect((await run("large", quarantined.code))?.message).toContain("more than 1048576");
    expect((await run("list", quarantined.code))?.message).toContain("not an object");
    expect(await run("word", failed.code, errorStatus.code)).toBeDefined();
    expect((await run("bare", finished.code))?.r).toEqual({ plain: true, when: "1970-01-01T00:00:00.000Z" });
    expect((await run("nul", finished.code))?.r).toEqual({ text: "a\uFFFDb\uFFFD" });
    await worker.stop();
  });

  test("runs at most its places at once, and holds no more than its prefetch", async () => {
    let running = 0;
    let most = 0;
    const held = gate();
    const worker = await hostWorkerProcess(
      options,
      {
        bound: async () => {
          running++;
          most = Math.max(most, running);
          await held.opened;
          running--;
          return {};
        },
      },
      { concurrency: 3, prefetch: 4 },
    );
    const jobs = await Promise.all(Array.from({ length: 20 }, () => engine.start("bound")));
    await until("the worker is full", () => worker.worker.health().running === 3 && worker.worker.health().waiting > 0);
    await delay(300);
    expect(worker.worker.health().waiting).toBeLessThanOrEqual(4);
    expect(running).toBe(3);
    held.open();
    for (const job of jobs) await engine.until(job, finished.code);
    expect(most).toBe(3);
    await worker.stop();
  });

  test("ends an attempt at its time limit, and tells the code", async () => {
    const aborted: unknown[] = [];
    const limited: TaskFunction = async (_params, { signal }) => {
      await delay(20_000, undefined, { signal }).catch((error: unknown) => {
        aborted.push(error);
        throw error;
      });
      return {};
    };
    // With a heartbeat that is rarer than the engine's lease the session is lost on a slow machine, and the code runs anew.
    const worker = await hostWorkerProcess(options, { limited }, { leaseMs: 1_500 });
    const job = await engine.start("limited");
    await engine.until(job, quarantined.code);
    await worker.stop();
    expect(await dataOf(job, FAILED)).toMatchObject({ code: "TIMEOUT_ERROR" });
    expect(aborted).toHaveLength(2);
  });

  test("cancels: running code is told, a waiting task never starts", async () => {
    const started: string[] = [];
    const aborted: string[] = [];
    const worker = await hostWorkerProcess(
      options,
      {
        gone: async (_params, { jobId, signal }) => {
          started.push(jobId);
          await delay(20_000, undefined, { signal }).catch(() => aborted.push(jobId));
          return {};
        },
      },
      { concurrency: 1, prefetch: 3 },
    );
    const jobs = await Promise.all([engine.start("gone"), engine.start("gone")]);
    await until("one runs and one waits", () => {
      const { running, waiting } = worker.worker.health();
      return running === 1 && waiting === 1 && started.length === 1;
    });
    const [first] = started as [string];
    const second = jobs.find((job) => job !== first) as string;
    const by = { kind: "operator", id: "1" } as const;
    await engine.engine.apply({ kind: "cancel", jobId: second, by });
    await until("the waiting one is dropped", () => worker.worker.health().waiting === 0);
    await engine.engine.apply({ kind: "cancel", jobId: first, by });
    await until("the running one is told", () => worker.worker.health().running === 0);
    for (const job of jobs) await engine.until(job, cancelled.code);
    expect(started).toEqual([first]);
    expect(aborted).toEqual([first]);
    await worker.stop();
  });

  test("reports the start and the progress of a long task, without an event for the progress", async () => {
    const held = gate();
    const worker = await hostWorkerProcess(options, {
      long: async (_params, { progress }) => {
        progress(0.25, "a quarter\u0000");
        progress(7, "done soon");
        await held.opened;
        return {};
      },
    });
    const job = await engine.start("long");
    const row = async () =>
      (
        await engine.database.pool.query(
          "select status, worker, progress, progress_message from tasks where job_id = $1",
          [job],
        )
      ).rows[0];
    await until("the row says so", async () => (await row())?.status === 2 && (await row())?.progress !== null);
    expect(await row()).toEqual({
      status: 2,
      worker: worker.worker.health().sessionId,
      progress: 1,
      progress_message: "done soon",
    });
    held.open();
    await engine.until(job, finished.code);
    expect((await kinds(job)).filter((one) => one >= STARTED && one <= FINISHED)).toEqual([STARTED, FINISHED]);
    await worker.stop();
  });

  test("takes results of any allowed size", async () => {
    const worker = await hostWorkerProcess(options, { big: async () => ({ data: { text: "x".repeat(900_000) } }) });
    const job = await engine.start("big");
    await engine.until(job, finished.code);
    expect(await dataOf(job, FINISHED)).toMatchObject({ r: { text: "x".repeat(900_000) } });
    await worker.stop();
  });

  test("drains: running tasks finish, untouched ones go back, no attempt is burned", async () => {
    const held = gate();
    const worker = await hostWorkerProcess(
      options,
      {
        kept: async () => {
          await held.opened;
          return { by: "first" };
        },
      },
      { concurrency: 2, prefetch: 4 },
    );
    const jobs = await Promise.all(Array.from({ length: 6 }, () => engine.start("kept")));
    await until("the hand is full", () => worker.worker.health().running === 2 && worker.worker.health().waiting > 0);
    const stopped = worker.stop();
    expect(worker.worker.health()).toMatchObject({ ready: false, draining: true });
    const heir = await hostWorkerProcess(options, { kept: async () => ({ by: "second" }) });
    await until("the heir has the others", async () => {
      const { rows } = await engine.database.pool.query(
        "select count(*)::int as n from jobs where id = any ($1) and status = 20",
        [jobs],
      );
      return rows[0].n === 4;
    });
    held.open();
    await stopped;
    for (const job of jobs) await engine.until(job, finished.code);
    await heir.stop();
    const results = await Promise.all(jobs.map((job) => dataOf(job, FINISHED)));
    expect(results.filter((one) => JSON.stringify(one?.r) === '{"by":"first"}')).toHaveLength(2);
    expect(results.every((one) => one?.fence === 1)).toBe(true);
    for (const job of jobs) expect(await kinds(job)).not.toContain(REDELIVERED);
  });

  test("gives up what does not end within the drain: others run it once it is gone, the attempt is not counted", async () => {
    let inside = 0;
    const worker = await hostWorkerProcess(
      options,
      {
        stuck: async (_params, { signal }) => {
          inside += 1;
          await new Promise((resolve) => signal.addEventListener("abort", resolve));
          await delay(500);
          inside -= 1;
          throw signal.reason;
        },
      },
      { drainMs: 400 },
    );
    const job = await engine.start("stuck");
    await until("it runs", () => inside === 1);
    const seen: { attempt: number; inside: number }[] = [];
    const heir = await hostWorkerProcess(options, {
      stuck: async (_params, { attempt }) => {
        seen.push({ attempt, inside });
        return {};
      },
    });
    await worker.stop();
    await engine.until(job, finished.code);
    await heir.stop();
    expect(seen).toEqual([{ attempt: 1, inside: 0 }]);
    expect(await kinds(job)).toContain(REDELIVERED);
    expect(await kinds(job)).not.toContain(FAILED);
  });

  test("does not wait for its servers before it stops: one that hangs costs no task its grace", async () => {
    const never = new Promise<never>(() => undefined);
    let ended = "";
    const worker = await hostWorkerProcess(
      options,
      {
        stuck: async (_params, { signal }) => {
          await new Promise((resolve) => signal.addEventListener("abort", resolve));
          ended = "told";
          throw signal.reason;
        },
      },
      { drainMs: 400, sessions: { ...ownSessionRows(engine.database), setDraining: () => never } },
    );
    const job = await engine.start("stuck");
    await until("it runs", () => worker.worker.health().running === 1);
    const stopped = worker.stop();
    await until("it is told to stop", () => ended === "told");
    await stopped;
    const heir = await hostWorkerProcess(options, { stuck: async () => ({}) });
    await engine.until(job, finished.code);
    await heir.stop();
  });

  test("a session that was declared dead drops what it holds and goes on under a new one", async () => {
    const runs: string[] = [];
    const held = gate();
    const worker = await hostWorkerProcess(options, {
      lost: async (_params, { taskId, signal }) => {
        runs.push(taskId);
        if (runs.length > 1) return { by: "second" };
        await Promise.race([held.opened, new Promise((resolve) => signal.addEventListener("abort", resolve))]);
        return { by: "first" };
      },
    });
    const before = worker.worker.health().sessionId;
    const job = await engine.start("lost");
    await until("it runs", () => runs.length === 1);
    await until("the session is dead", async () => {
      const { rows } = await engine.database.pool.query("select status from worker_sessions where id = $1", [before]);
      return rows[0].status !== 0;
    });
    await worker.worker.tick();
    await until("there is a new session", () => ![null, before].includes(worker.worker.health().sessionId));
    await engine.until(job, finished.code);
    held.open();
    const result = await dataOf(job, FINISHED);
    expect(result).toMatchObject({ r: { by: "second" } });
    expect(result?.fence).toBeGreaterThan(1);
    expect((await engine.events(job)).filter((event) => event.kind === FINISHED)).toHaveLength(1);
    await worker.stop();
  });
});
