import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { JOB_STATUS } from "@/lib/job-status";
import type { JsonObject } from "@/lib/json";
import { noDocuments } from "@/server/documents/no-documents";
import type { LogFields } from "@/server/log";
import { ISOLATIONS } from "@/server/worker/bridge/isolation";
import { until } from "@/test/queue/queue-world";
import { createTestDatabase, type TestDatabase } from "@/test/support/database";
import { testKeyPrefix, testRedisUrl } from "@/test/support/redis";
import { type EngineHost, hostEngine } from "@/test/turn/engine-host";
import { isolatedTasks } from "./isolated-tasks";
import { hostWorkerProcess, oneTask, type WorkerHost } from "./worker-host";

const { finished, failed, quarantined, cancelled } = JOB_STATUS;
const FINISHED = 9;
const FAILED = 10;
const KILLABLE = ["thread", "process"] as const;
const KINDS = ["tell", "told", "refuse", "regex", "exit", "eat", "keep", "checked"];

describe.each(["redis", "postgres"] as const)("tasks in their isolation, on the %s queue", (kind) => {
  let database: TestDatabase;
  let engine: EngineHost;
  let worker: WorkerHost;
  let code: Awaited<ReturnType<typeof isolatedTasks>>;
  const root = mkdtempSync(join(tmpdir(), "batuta-isolation-"));
  const logged: { level: string; message: string; fields: LogFields }[] = [];
  const published: { title: string; chunks: number }[] = [];

  beforeAll(async () => {
    database = await createTestDatabase();
    code = await isolatedTasks();
    const types = KINDS.flatMap((each) => ISOLATIONS.map((isolation) => `${each}_${isolation}`));
    const host = {
      databaseUrl: database.url,
      redisUrl: kind === "redis" ? testRedisUrl() : null,
      prefix: testKeyPrefix(),
      leaseMs: 2_000,
      blueprints: types.map((type) => oneTask(type, type, type.startsWith("regex") ? { timeout_seconds: 0.5 } : {})),
    };
    engine = await hostEngine(host);
    const at = (level: string) => (message: string, fields?: LogFields) => {
      logged.push({ level, message, fields: fields ?? {} });
    };
    worker = await hostWorkerProcess(host, code.tasks, {
      leaseMs: 2_000,
      heapMb: 48,
      place: { root, operators: null },
      log: { debug: at("debug"), info: at("info"), warn: at("warn"), error: at("error") },
      stores: {
        documents: noDocuments(() => new Error("no documents here")),
        reports: {
          async publish({ title, chunks }) {
            let count = 0;
            for await (const chunk of chunks) if (chunk.text !== "") count += 1;
            published.push({ title, chunks: count });
            return { reportId: `report of ${title}`, created: true };
          },
        },
      },
    });
  });

  afterAll(async () => {
    await worker?.stop();
    await engine?.stop();
    await database?.drop();
    code?.remove();
    rmSync(root, { recursive: true, force: true });
  });

  const eventOf = async (job: string, event: number) =>
    (await engine.events(job)).filter((one) => one.kind === event).map(({ data }) => data);
  const metric = async (line: RegExp) => (await worker.metrics.registry.metrics()).match(line)?.[0];

  test.each(ISOLATIONS)("%s: runs where it says, is logged with its ids, and counts once", async (isolation) => {
    const type = `tell_${isolation}`;
    const job = await engine.start(type, { of: "rain" });
    await engine.until(job, finished.code);
    const [done] = await eventOf(job, FINISHED);
    expect(done?.r).toMatchObject({ attempt: 1, key: `${job}.${done?.n}` });
    const { threadId, pid } = { ...(done?.r as JsonObject) };
    expect(threadId === 0).toBe(isolation !== "thread");
    expect(pid === process.pid).toBe(isolation !== "process");
    const line = logged.find(({ message, fields }) => message === "telling" && fields.job === job);
    expect(line).toMatchObject({ level: "info", fields: { of: "rain", task_type: type, task: `${job}.${done?.n}.1` } });
    expect(
      await metric(new RegExp(`batuta_worker_attempts_total\\{type="${type}",result="success"\\} 1`)),
    ).toBeDefined();
  });

  test.each(ISOLATIONS)("%s: progress crosses over; an alias runs the same code", async (isolation) => {
    const job = await engine.start(`told_${isolation}`, { of: "snow", ms: 1_200 });
    const row = () =>
      engine.database.pool.query("select progress, progress_message from tasks where job_id = $1", [job]);
    await until("the row says half", async () => (await row()).rows[0]?.progress === 0.5);
    await engine.until(job, finished.code);
    expect((await eventOf(job, FINISHED))[0]?.r).toMatchObject({ attempt: 1 });
  });

  test.each(ISOLATIONS)("%s: a TaskError keeps its code, details and wait", async (isolation) => {
    const job = await engine.start(`refuse_${isolation}`);
    await engine.until(job, quarantined.code);
    expect((await eventOf(job, FAILED))[0]).toMatchObject({
      code: "RESOURCE_EXHAUSTED_ERROR",
      message: "come again",
      details: { left: 0 },
      attempt: 1,
    });
  });

  test.each(ISOLATIONS)("%s: input is checked before anything runs, every field at once", async (isolation) => {
    const bad = await engine.start(`checked_${isolation}`, { count: 1.5 });
    await engine.until(bad, failed.code);
    const [fault] = await eventOf(bad, FAILED);
    expect(fault).toMatchObject({ code: "INVALID_INPUT_ERROR", attempt: 1 });
    expect(fault?.details).toEqual([expect.stringMatching(/^in\.count: /), expect.stringMatching(/^in\.name: /)]);
    const good = await engine.start(`checked_${isolation}`, { count: 2, name: "b" });
    await engine.until(good, finished.code);
    expect((await eventOf(good, FINISHED))[0]?.r).toEqual({ count: 2 });
  });

  test.each(ISOLATIONS)("%s: files are at hand, and stores with what is sent to them", async (isolation) => {
    published.length = 0;
    const job = await engine.start(`keep_${isolation}`);
    await engine.until(job, finished.code);
    expect((await eventOf(job, FINISHED))[0]?.r).toEqual({
      reportId: "report of kept",
      failure: { code: "PERMANENT_ERROR", message: "nothing more can be read" },
    });
    expect(published).toEqual([{ title: "kept", chunks: 5_000 }]);
  });

  test.each(KILLABLE)(
    "%s: an endless regex is ended at its limit and tried again, while heartbeats go on",
    async (at) => {
      const job = await engine.start(`regex_${at}`);
      await engine.until(job, finished.code);
      const faults = await eventOf(job, FAILED);
      expect(faults).toHaveLength(1);
      expect(faults[0]).toMatchObject({
        code: "TIMEOUT_ERROR",
        message:
          "The task ran longer than its limit of 0.5 s, and was ended because it did not stop when it was told to",
        details: { bridge: "TASK_TIMEOUT", phase: "hard", log: [expect.stringContaining("before the trap")] },
      });
      expect((await eventOf(job, FINISHED))[0]?.r).toEqual({ attempt: 2 });
      expect(
        await metric(new RegExp(`batuta_task_kills_total\\{task="regex_${at}",reason="timeout"\\} 1`)),
      ).toBeDefined();
      const { rows } = await engine.database.pool.query("select status from worker_sessions where kind = 1");
      expect(rows).toEqual([{ status: 0 }]);
    },
  );

  test.each(KILLABLE)("%s: process.exit ends the attempt alone", async (at) => {
    const job = await engine.start(`exit_${at}`);
    await engine.until(job, finished.code);
    expect((await eventOf(job, FAILED))[0]).toMatchObject({
      code: "INTERNAL_ERROR",
      details: { bridge: "TASK_CRASHED", exit_code: 7 },
    });
  });

  test.each(KILLABLE)("%s: too much memory ends the attempt alone", async (at) => {
    const job = await engine.start(`eat_${at}`);
    await engine.until(job, finished.code);
    expect((await eventOf(job, FAILED))[0]).toMatchObject({
      code: "RESOURCE_EXHAUSTED_ERROR",
      details: { bridge: "TASK_OOM" },
    });
  });

  test("a cancelled task that hears nothing is ended, and the heartbeat tells of its slot", async () => {
    const job = await engine.start("tell_thread", { of: "ice", ms: 60_000 });
    const told = async () =>
      (await engine.database.pool.query("select runtime from worker_sessions where kind = 1")).rows[0].runtime;
    await until("the slot is told of", async () => {
      await worker.worker.tick();
      const slots: { task: string; status: string; attempt_id: string }[] = (await told())?.slots ?? [];
      return slots.some((slot) => slot.status === "running" && slot.attempt_id.startsWith(job));
    });
    await engine.engine.apply({ kind: "cancel", jobId: job, by: { kind: "operator", id: "1" } });
    await engine.until(job, cancelled.code);
    await until("its place is free", () => worker.worker.health().running === 0);
    await worker.worker.tick();
    expect((await told()).kills).toMatchObject({ timeout: 2, crash: 2, oom: 2, cancelled: 1 });
  });
});
