import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, expect, it } from "vitest";
import type { BlueprintDocument } from "@/lib/blueprint/document";
import { EVENT_KIND } from "@/lib/job-event";
import { JOB_STATUS } from "@/lib/job-status";
import { readTransport } from "@/server/store/transport";
import { createTestDatabase, type TestDatabase } from "@/test/support/database";
import { startOwnRedis } from "@/test/support/own-servers";
import { startTcpProxy, type TcpProxy, throughPort } from "@/test/support/tcp-proxy";
import { assertWhole, type EngineHost, type HostOptions, hostEngine, hostWorker } from "./engine-host";

const FINISHED = JOB_STATUS.finished.code;
const LEASE_MS = 6_000;

const fan: BlueprintDocument = {
  name: "fan",
  states: {
    fan: {
      type: "parallel",
      start: true,
      for_each: "${initial_data.items}",
      task: { task_type: "echo", params: { n: "${item}" } },
      aggregate_into: "done",
    },
    done: { type: "end", outcome: "success", result: { n: "${size(aggregation_list)}" } },
  },
};

let database: TestDatabase;
let redis: Awaited<ReturnType<typeof startOwnRedis>>;
let proxy: TcpProxy;
let direct: HostOptions;
let proxied: HostOptions;
const hosts: EngineHost[] = [];
const workers: { stop(): Promise<void> }[] = [];

beforeEach(async () => {
  database = await createTestDatabase();
  redis = await startOwnRedis({ persistent: true });
  proxy = await startTcpProxy({ port: redis.now.port });
  direct = {
    databaseUrl: database.url,
    redisUrl: redis.now.url,
    prefix: `r:${randomUUID()}:`,
    blueprints: [fan],
    leaseMs: LEASE_MS,
  };
  proxied = { ...direct, redisUrl: throughPort(redis.now.url, proxy.port) };
});

afterEach(async () => {
  for (const worker of workers.splice(0)) await worker.stop();
  for (const host of hosts.splice(0)) await host.stop();
  await assertWhole(database.url);
  await proxy.close();
  await redis.remove();
  await database.drop();
});

async function host(options: HostOptions): Promise<EngineHost> {
  const one = await hostEngine(options);
  hosts.push(one);
  return one;
}

/** A worker that counts how often it ran each attempt, here and over all workers of the test. */
async function worker(options: HostOptions, runs: Map<string, number>) {
  const one = await hostWorker(options, ["echo"], ({ jobId, no, fence }) => {
    const id = `${jobId}.${no}.${fence}`;
    runs.set(id, (runs.get(id) ?? 0) + 1);
    return { data: { no } };
  });
  workers.push(one);
  return one;
}

const items = (count: number) => ({ items: Array.from({ length: count }, (_, index) => index) });

async function untilMode(engine: EngineHost, mode: "redis" | "postgres"): Promise<void> {
  for (const end = Date.now() + 60_000; Date.now() < end; await sleep(50)) {
    if ((await readTransport(engine.database)).mode === mode) return;
  }
  throw new Error(`the transport is not ${mode}`);
}

async function expectCountedOnce(engine: EngineHost, jobs: string[], tasks: number): Promise<void> {
  for (const job of jobs) {
    const finished = (await engine.events(job)).filter((event) => event.kind === EVENT_KIND.task_finished);
    expect(new Set(finished.map((event) => event.data.n)).size).toBe(tasks);
    expect(finished).toHaveLength(tasks);
  }
}

async function holderOf(engine: EngineHost, lease: string): Promise<string> {
  const { rows } = await engine.database.pool.query("select holder from leases where name = $1 and until > now()", [
    lease,
  ]);
  return rows[0]?.holder ?? "";
}

it("goes on by Postgres while Redis is gone, and uses it again when it is back", async () => {
  const engine = await host(direct);
  const runs = new Map<string, number>();
  const before = await readTransport(engine.database);
  const jobs = [await engine.start("fan", items(300))];
  await worker(direct, runs);
  jobs.push(await engine.start("fan", items(300)));
  await redis.kill();
  jobs.push(await engine.start("fan", items(300)));
  await untilMode(engine, "postgres");
  jobs.push(await engine.start("fan", items(300)));
  for (const job of jobs) await engine.until(job, FINISHED);
  await redis.start();
  await untilMode(engine, "redis");
  expect(Number((await readTransport(engine.database)).epoch)).toBe(Number(before.epoch) + 2);
  jobs.push(await engine.start("fan", items(300)));
  await engine.until(jobs.at(-1) ?? "", FINISHED);
  await expectCountedOnce(engine, jobs, 300);
});

it("tells nothing again that was left in the streams and done by rows", async () => {
  const engine = await host(direct);
  const runs = new Map<string, number>();
  // Announced, in nobody's hands, and kept by Redis over its stop.
  const jobs = [await engine.start("fan", items(50))];
  await sleep(300);
  await redis.stop();
  await untilMode(engine, "postgres");
  await worker(direct, runs);
  await engine.until(jobs[0] ?? "", FINISHED);
  await redis.start();
  await untilMode(engine, "redis");
  jobs.push(await engine.start("fan", items(50)));
  await engine.until(jobs[1] ?? "", FINISHED);
  await sleep(2_000);
  expect(runs.size).toBe(100);
  expect([...runs.values()].every((count) => count === 1)).toBe(true);
});

it("starts without Redis and uses it when it comes", async () => {
  await redis.stop();
  const engine = await host(direct);
  const runs = new Map<string, number>();
  await worker(direct, runs);
  const first = await engine.start("fan", items(20));
  await engine.until(first, FINISHED);
  expect((await readTransport(engine.database)).mode).toBe("postgres");
  await redis.start();
  await untilMode(engine, "redis");
  const second = await engine.start("fan", items(20));
  await engine.until(second, FINISHED);
  await expectCountedOnce(engine, [first, second], 20);
});

it("leaves partitions and housekeeping to an engine that reaches Redis", async () => {
  const cut = await host(proxied);
  const other = await host(direct);
  const runs = new Map<string, number>();
  await worker(direct, runs);
  for (const end = Date.now() + 60_000; Date.now() < end; await sleep(50)) {
    if ([cut, other].every((one) => one.engine.health().checks.partitions === "8")) break;
  }
  expect(await holderOf(cut, "housekeeper")).toBe(cut.engineId);
  const jobs: string[] = [await cut.start("fan", items(100))];
  proxy.silence();
  for (let round = 0; round < 8; round++) {
    jobs.push(await cut.start("fan", items(20)), await other.start("fan", items(20)));
    await sleep(1_000);
  }
  expect(await holderOf(cut, "housekeeper")).toBe(other.engineId);
  expect(cut.engine.health().checks.partitions).toBe("0");
  expect((await readTransport(cut.database)).mode).toBe("redis");
  for (const job of jobs) await cut.until(job, FINISHED);
  proxy.resume();
  proxy.cut();
  for (const end = Date.now() + 60_000; Date.now() < end; await sleep(50)) {
    if (cut.engine.health().checks.partitions === "8") break;
  }
  expect(cut.engine.health().checks.partitions).toBe("8");
  await expectCountedOnce(cut, jobs.slice(1), 20);
});

it("a worker that is cut off keeps its session, reports by rows, and takes nothing until it is back", async () => {
  const engine = await host(direct);
  const runs = new Map<string, number>();
  const cut = await worker(proxied, runs);
  const jobs = [await engine.start("fan", items(50))];
  await engine.until(jobs[0] ?? "", FINISHED);
  const taken = cut.taken();
  expect(taken).toBe(50);
  proxy.refuse();
  await sleep(500);
  await worker(direct, runs);
  for (let round = 0; round < 5; round++) jobs.push(await engine.start("fan", items(20)));
  for (const job of jobs) await engine.until(job, FINISHED);
  await sleep(LEASE_MS);
  const { rows } = await engine.database.pool.query("select status from worker_sessions where id = $1", [
    cut.sessionId,
  ]);
  expect(rows[0].status).toBe(0);
  expect(cut.taken()).toBe(taken);
  expect((await readTransport(engine.database)).mode).toBe("redis");
  expect([...runs.values()].every((count) => count === 1)).toBe(true);
  proxy.resume();
  for (const end = Date.now() + 60_000; cut.taken() === taken && Date.now() < end; await sleep(200)) {
    jobs.push(await engine.start("fan", items(20)));
  }
  expect(cut.taken()).toBeGreaterThan(taken);
  for (const job of jobs) await engine.until(job, FINISHED);
});

it("goes by Postgres when the only engine is cut off, although workers are not", async () => {
  const engine = await host(proxied);
  const runs = new Map<string, number>();
  await worker(direct, runs);
  const jobs = [await engine.start("fan", items(200))];
  proxy.refuse();
  jobs.push(await engine.start("fan", items(200)));
  await untilMode(engine, "postgres");
  for (const job of jobs) await engine.until(job, FINISHED);
  proxy.resume();
  await untilMode(engine, "redis");
  jobs.push(await engine.start("fan", items(200)));
  await engine.until(jobs[2] ?? "", FINISHED);
  await expectCountedOnce(engine, jobs, 200);
});
