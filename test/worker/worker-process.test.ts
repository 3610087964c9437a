import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { JOB_STATUS } from "@/lib/job-status";
import { freePort } from "@/server/local/free-port";
import { until } from "@/test/queue/queue-world";
import { createTestDatabase, type TestDatabase } from "@/test/support/database";
import { testKeyPrefix, testRedisUrl } from "@/test/support/redis";
import { requireBuild } from "@/test/support/system";
import { type EngineHost, hostEngine } from "@/test/turn/engine-host";
import { oneTask } from "./worker-host";

const root = join(import.meta.dirname, "../..");
let database: TestDatabase;
let engine: EngineHost;
const prefix = testKeyPrefix();
const children: ChildProcess[] = [];

beforeAll(async () => {
  requireBuild(false);
  database = await createTestDatabase();
  const sleeps = oneTask("sleeps", "demo_sleep", { params: { ms: "${initial_data.ms}" } });
  engine = await hostEngine({
    databaseUrl: database.url,
    redisUrl: testRedisUrl(),
    prefix,
    leaseMs: 3_000,
    blueprints: [oneTask("echoes", "demo_echo"), sleeps],
  });
});

afterAll(async () => {
  for (const child of children) child.kill("SIGKILL");
  await engine?.stop();
  await database?.drop();
});

async function startProcess(more: Record<string, string> = {}) {
  const port = await freePort("127.0.0.1");
  const child = spawn(process.execPath, ["dist/worker.js"], {
    cwd: root,
    env: {
      ...process.env,
      DATABASE_URL: database.url,
      REDIS_URL: testRedisUrl(),
      BATUTA_REDIS_PREFIX: prefix,
      BATUTA_DATA_DIR: mkdtempSync(join(inject("runFolder"), "worker-")),
      WORKER_HTTP_PORT: String(port),
      WORKER_LEASE_SECONDS: "3",
      LOG_FORMAT: "json",
      ...more,
    },
  });
  children.push(child);
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk: Buffer) => (output += chunk.toString()));
  const exited = new Promise<number | null>((resolve) => child.on("exit", resolve));
  const get = (path: string) => fetch(`http://127.0.0.1:${port}${path}`);
  return { child, port, exited, get, output: () => output };
}

async function isReady(get: (path: string) => Promise<Response>): Promise<boolean> {
  const answer = await get("/readyz").catch(() => null);
  return answer?.status === 200;
}

test("serves its probes and metrics, runs tasks, and ends on SIGTERM when its tasks are done", async () => {
  const running = await startProcess();
  await until("it is ready", () => isReady(running.get));
  expect((await running.get("/healthz")).status).toBe(200);
  expect((await running.get("/livez")).status).toBe(200);
  expect((await running.get("/secrets")).status).toBe(404);
  const job = await engine.start("echoes", { a: 1 });
  await engine.until(job, JOB_STATUS.finished.code);
  expect(await (await running.get("/metrics")).text()).toMatch(
    /batuta_worker_attempts_total\{type="demo_echo",result="success"\} 1/,
  );
  const long = await engine.start("sleeps", { ms: 2_000 });
  await until("it sleeps", async () =>
    /batuta_worker_running_tasks 1/.test(await (await running.get("/metrics")).text()),
  );
  running.child.kill("SIGTERM");
  await until("it says that it drains", async () => (await running.get("/readyz").catch(() => null))?.status !== 200);
  expect(await running.exited).toBe(0);
  await engine.until(long, JOB_STATUS.finished.code);
  expect((await engine.events(long)).some((event) => event.kind === 12)).toBe(false);
  const { rows } = await engine.database.pool.query("select status from worker_sessions");
  expect(rows).toEqual([{ status: 1 }]);
});

test("a killed one's task is run again by another", async () => {
  const first = await startProcess();
  await until("it is ready", () => isReady(first.get));
  const job = await engine.start("sleeps", { ms: 1_500 });
  await until("it sleeps", async () =>
    /batuta_worker_running_tasks 1/.test(await (await first.get("/metrics")).text()),
  );
  first.child.kill("SIGKILL");
  await first.exited;
  const second = await startProcess();
  await engine.until(job, JOB_STATUS.finished.code);
  const events = await engine.events(job);
  expect(events.filter((event) => event.kind === 9)).toHaveLength(1);
  expect(events.find((event) => event.kind === 12)?.data).toMatchObject({ reason: "not_begun" });
  second.child.kill("SIGTERM");
  expect(await second.exited).toBe(0);
});

test("says what is wrong with its configuration, or that its port is taken", async () => {
  const wrong = await startProcess({ WORKER_LEASE_SECONDS: "soon" });
  expect(await wrong.exited).toBe(78);
  expect(wrong.output()).toContain("WORKER_LEASE_SECONDS must be a number");
  const holder = await startProcess();
  await until("it is ready", () => isReady(holder.get));
  const late = await startProcess({ WORKER_HTTP_PORT: String(holder.port) });
  expect(await late.exited).toBe(78);
  expect(late.output()).toContain(`Port ${holder.port} on 127.0.0.1 is taken`);
  holder.child.kill("SIGTERM");
  expect(await holder.exited).toBe(0);
});
