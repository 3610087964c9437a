import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { Redis } from "ioredis";
import { expect, it } from "vitest";
import type { BlueprintDocument } from "@/lib/blueprint/document";
import { JOB_STATUS } from "@/lib/job-status";
import { createKeys } from "@/server/queue/keys";
import { createTestDatabase } from "@/test/support/database";
import { testRedisUrl } from "@/test/support/redis";
import { hostEngine, hostWorker } from "./engine-host";

const waiting: BlueprintDocument = {
  name: "waiting",
  states: {
    work: {
      type: "task",
      start: true,
      task_type: "nobody",
      dispatch_timeout_seconds: 0.2,
      transitions: { success: "done", failure: "failed" },
    },
    done: { type: "end", outcome: "success" },
    failed: { type: "end", outcome: "failure" },
  },
};

it("a task that nobody took in time is in no window any more: nobody shall run it later", async () => {
  const database = await createTestDatabase();
  const prefix = `w:${randomUUID()}:`;
  const redisUrl = testRedisUrl();
  const engine = await hostEngine({ databaseUrl: database.url, redisUrl, prefix, blueprints: [waiting] });
  const client = new Redis(redisUrl);
  const stream = createKeys(prefix).taskStream("nobody");
  const jobs = await Promise.all(Array.from({ length: 5 }, () => engine.start("waiting")));
  for (const until = Date.now() + 60_000; (await client.xlen(stream)) < 5 && Date.now() < until; ) await sleep(5);
  for (const job of jobs) await engine.until(job, JOB_STATUS.failed.code);
  for (const until = Date.now() + 60_000; (await client.xlen(stream)) > 0 && Date.now() < until; ) await sleep(20);
  expect(await client.xlen(stream)).toBe(0);
  client.disconnect();
  await engine.stop();
  await database.drop();
});

it("a task in a live worker's hands has met its time in the queue, also when that worker dies", async () => {
  const database = await createTestDatabase();
  const prefix = `w:${randomUUID()}:`;
  const options = {
    databaseUrl: database.url,
    redisUrl: testRedisUrl(),
    prefix,
    blueprints: [waiting],
    leaseMs: 1_500,
  };
  const engine = await hostEngine(options);
  // Takes, and neither reports a start nor a result.
  const worker = await hostWorker(options, ["nobody"], () => null);
  const job = await engine.start("waiting");
  for (const until = Date.now() + 60_000; worker.taken() === 0 && Date.now() < until; ) await sleep(5);
  expect(worker.taken()).toBe(1);
  await sleep(3_000);
  const { rows } = await engine.database.pool.query("select status from jobs where id = $1", [job]);
  expect(rows[0].status).toBe(JOB_STATUS.waiting_for_worker.code);
  worker.die();
  const next = await hostWorker(options, ["nobody"], () => ({ data: {} }));
  await engine.until(job, JOB_STATUS.finished.code);
  await worker.stop();
  await next.stop();
  await engine.stop();
  await database.drop();
});
