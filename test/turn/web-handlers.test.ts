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
