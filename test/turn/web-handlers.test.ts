import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, it } from "vitest";
import { EVENT_KIND } from "@/lib/job-event";
import { JOB_STATUS } from "@/lib/job-status";
import { defineBlueprint, end, handler } from "@/server/engine/blueprint/define";
import { createTestDatabase } from "@/test/support/database";
import { hostEngine } from "./engine-host";

it("a handler that runs in a web process is left alone by the engines", async () => {
  let runs = 0;
  const slow = defineBlueprint({
    name: "slow",
    states: {
      think: handler({ to: ["done"] }, async ({ actions }) => {
        runs += 1;
        await sleep(4_000);
        return actions.transitionTo("done");
      }),
      done: end({ outcome: "success" }),
    },
  });
  const database = await createTestDatabase();
  const options = { databaseUrl: database.url, redisUrl: null, prefix: randomUUID(), blueprints: [slow] };
  const web = await hostEngine({ ...options, consume: false });
  const engine = await hostEngine(options);
  const job = await web.start("slow");
  await engine.until(job, JOB_STATUS.finished.code);
  expect(runs).toBe(1);
  expect((await engine.events(job)).some((event) => event.kind === EVENT_KIND.handler_failed)).toBe(false);
  await engine.stop();
  await web.stop();
  await database.drop();
});

it("handlers that wait for a place longer than their limit still run once", async () => {
  const runs = new Map<string, number>();
  const patient = defineBlueprint({
    name: "patient",
    states: {
      think: handler({ to: ["done"], timeoutSeconds: 2 }, async ({ actions, jobId }) => {
        runs.set(jobId, (runs.get(jobId) ?? 0) + 1);
        await sleep(1_500);
        return actions.transitionTo("done");
      }),
      done: end({ outcome: "success" }),
    },
  });
  const database = await createTestDatabase();
  const options = { databaseUrl: database.url, redisUrl: null, prefix: randomUUID(), blueprints: [patient] };
  const engine = await hostEngine({ ...options, handlerConcurrency: 1 });
  const jobs = [];
  for (let n = 0; n < 7; n++) jobs.push(await engine.start("patient"));
  for (const job of jobs) await engine.until(job, JOB_STATUS.finished.code);
  expect([...runs.values()]).toEqual(jobs.map(() => 1));
  await engine.stop();
  await database.drop();
});
