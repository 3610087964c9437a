import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { Redis } from "ioredis";
import { afterEach, beforeEach, expect, it } from "vitest";
import type { BlueprintDocument } from "@/lib/blueprint/document";
import { EVENT_KIND } from "@/lib/job-event";
import { JOB_STATUS } from "@/lib/job-status";
import { defineBlueprint, end, handler } from "@/server/engine/blueprint/define";
import { createTestDatabase, type TestDatabase } from "@/test/support/database";
import { startOwnRedis } from "@/test/support/own-servers";
import { assertWhole, type EngineHost, type HostOptions, hostEngine, hostWorker } from "./engine-host";

const FINISHED = JOB_STATUS.finished.code;
const LEASE_MS = 1_500;

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

let runs = 0;
const thinking = defineBlueprint({
  name: "thinking",
  states: {
    think: handler({ to: ["done"] }, async ({ actions, signal }) => {
      runs += 1;
      // The first run never comes back, as if its engine had died.
      if (runs === 1) await new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
      return actions.transitionTo("done");
    }),
    done: end({ outcome: "success" }),
  },
});

let database: TestDatabase;
let redis: Awaited<ReturnType<typeof startOwnRedis>>;
let options: HostOptions;
const hosts: EngineHost[] = [];
const workers: { stop(): Promise<void> }[] = [];

beforeEach(async () => {
  database = await createTestDatabase();
  redis = await startOwnRedis({ persistent: false });
  options = {
    databaseUrl: database.url,
    redisUrl: redis.now.url,
    prefix: `r:${randomUUID()}:`,
    blueprints: [fan, thinking],
    leaseMs: LEASE_MS,
  };
});

afterEach(async () => {
  for (const worker of workers.splice(0)) await worker.stop();
  for (const host of hosts.splice(0)) await host.stop();
  await assertWhole(database.url);
  await redis.remove();
  await database.drop();
});

async function host(): Promise<EngineHost> {
  const one = await hostEngine(options);
  hosts.push(one);
  return one;
}

async function worker(work: Parameters<typeof hostWorker>[2]) {
  const one = await hostWorker(options, ["echo"], work);
  workers.push(one);
  return one;
}

async function countEvents(engine: EngineHost, jobId: string, kind: keyof typeof EVENT_KIND): Promise<number> {
  return (await engine.events(jobId)).filter((event) => event.kind === EVENT_KIND[kind]).length;
}

const items = (count: number) => ({ items: Array.from({ length: count }, (_, index) => index) });

it("what a dead worker held is delivered anew, burning no attempt, and counts once", async () => {
  const engine = await host();
  const dead = await worker(() => null);
  const job = await engine.start("fan", items(20));
  for (const until = Date.now() + 60_000; dead.taken() < 20 && Date.now() < until; ) await sleep(20);
  expect(dead.taken()).toBe(20);
  dead.die();
  await worker((message) => ({ data: { n: message.attempt } }));
  await engine.until(job, FINISHED);
  expect(await countEvents(engine, job, "task_finished")).toBe(20);
  expect(await countEvents(engine, job, "task_redelivered")).toBe(20);
  const finished = (await engine.events(job)).filter((event) => event.kind === EVENT_KIND.task_finished);
  expect(finished.every((event) => (event.data.r as { n: number }).n === 1)).toBe(true);
});

it("an emptied Redis in the middle loses nothing", async () => {
  const engine = await host();
  await worker((message) => ({ data: { n: message.no } }));
  const client = new Redis(redis.now.url);
  const jobs = [];
  for (let round = 0; round < 3; round++) {
    jobs.push(await engine.start("fan", items(200)));
    await client.flushall();
  }
  for (const job of jobs) await engine.until(job, FINISHED);
  for (const job of jobs) expect(await countEvents(engine, job, "task_finished")).toBe(200);
  client.disconnect();
});

it("two engines share the work, and one goes on alone", async () => {
  const [first, second] = [await host(), await host()];
  await worker(() => ({ data: {} }));
  await sleep(2_500);
  const shares = [first, second].map((engine) => Number(engine.engine.health().checks.partitions));
  expect(shares).toEqual([8, 8]);
  const start = () =>
    Promise.all(Array.from({ length: 40 }, (_, index) => (index % 2 ? first : second).start("fan", items(5))));
  const before = await start();
  await hosts.splice(hosts.indexOf(first), 1)[0]?.stop();
  for (const job of before) await second.until(job, FINISHED);
  const after = await Promise.all(Array.from({ length: 20 }, () => second.start("fan", items(5))));
  for (const job of after) await second.until(job, FINISHED);
});

it("a handler whose engine is gone runs again elsewhere, with the same key", async () => {
  runs = 0;
  const first = await host();
  const job = await first.start("thinking");
  for (const until = Date.now() + 60_000; runs === 0 && Date.now() < until; ) await sleep(10);
  const second = await host();
  // As after a kill: the lease of the first engine ends without being renewed.
  await second.database.pool.query(
    "update timers set data = jsonb_set(data::jsonb, '{engine}', '\"gone\"')::json where job_id = $1",
    [job],
  );
  await second.until(job, FINISHED);
  expect(runs).toBe(2);
  expect(await countEvents(second, job, "handler_failed")).toBe(1);
});

it("what an engine committed and did not send before it died is sent soon after its end", async () => {
  const engine = await host();
  const lease = (seconds: number) =>
    engine.database.pool.query(
      `insert into leases (name, holder, epoch, until) values ('engine:other', 'other', 1, now() + $1 * interval '1 s')
       on conflict (name) do update set until = excluded.until`,
      [seconds],
    );
  await lease(60);
  // Past the exact checks of the start, and with the other engine seen.
  await sleep(8_000);
  const job = await engine.start("fan", items(5));
  const client = new Redis(redis.now.url);
  const stream = (await client.keys(`${options.prefix}*echo*`))[0] ?? "";
  await client.xtrim(stream, "MAXLEN", 0);
  client.disconnect();
  await sleep(2_000);
  await worker(() => ({ data: {} }));
  await lease(-1);
  await engine.until(job, FINISHED);
});
