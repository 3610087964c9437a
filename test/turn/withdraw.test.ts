import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { Redis } from "ioredis";
import { expect, it } from "vitest";
import type { BlueprintDocument } from "@/lib/blueprint/document";
import { JOB_STATUS } from "@/lib/job-status";
import { createKeys } from "@/server/queue/keys";
import { createTestDatabase } from "@/test/support/database";
import { testRedisUrl } from "@/test/support/redis";
import { hostEngine } from "./engine-host";

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
  for (const until = Date.now() + 5_000; (await client.xlen(stream)) < 5 && Date.now() < until; ) await sleep(5);
  for (const job of jobs) await engine.until(job, JOB_STATUS.failed.code);
  for (const until = Date.now() + 5_000; (await client.xlen(stream)) > 0 && Date.now() < until; ) await sleep(20);
  expect(await client.xlen(stream)).toBe(0);
  client.disconnect();
  await engine.stop();
  await database.drop();
});
