import { randomUUID } from "node:crypto";
import { expect, inject, it } from "vitest";
import type { BlueprintDocument } from "@/lib/blueprint/document";
import { EVENT_KIND } from "@/lib/job-event";
import { JOB_STATUS } from "@/lib/job-status";
import { createTestDatabase } from "@/test/support/database";
import { assertWhole, hostEngine, hostWorker } from "./engine-host";

const BRANCHES = 1_000;

const fan: BlueprintDocument = {
  name: "fan",
  states: {
    list: { type: "set", start: true, values: { items: "${initial_data.items}" }, to: "fan" },
    fan: {
      type: "parallel",
      for_each: "${state_history.items}",
      task: { task_type: "echo", params: { n: "${item}" }, retry: { max_attempts: 3, base_ms: 10, max_ms: 20 } },
      aggregate_into: "done",
      transitions: { failure: "sad" },
    },
    done: { type: "end", outcome: "success", result: { n: "${size(aggregation_list)}" } },
    sad: { type: "end", outcome: "failure" },
  },
};

it("four engines, one job of 1,000 branches, some of them tried twice: one aggregate, few lost races", async () => {
  const database = await createTestDatabase();
  const options = {
    databaseUrl: database.url,
    redisUrl: inject("redisUrl"),
    prefix: `m:${randomUUID()}:`,
    blueprints: [fan],
  };
  const engines = [];
  for (let n = 0; n < 4; n++) engines.push(await hostEngine(options));
  const workers = [];
  for (let n = 0; n < 3; n++) {
    workers.push(
      await hostWorker(options, ["echo"], ({ params, attempt }) =>
        attempt === 1 && params?.includes("7}") ? { code: "TRANSIENT_ERROR" } : {},
      ),
    );
  }
  const [first] = engines;
  if (!first) throw new Error("no engine");
  const items = Array.from({ length: BRANCHES }, (_, index) => index);
  const job = await first.start("fan", { items });
  await first.until(job, JOB_STATUS.finished.code, JOB_STATUS.failed.code);
  const kinds = (await first.events(job)).map((event) => event.kind);
  const count = (kind: number) => kinds.filter((one) => one === kind).length;
  expect(count(EVENT_KIND.tasks_aggregated)).toBe(1);
  expect(count(EVENT_KIND.task_finished)).toBe(BRANCHES);
  expect(count(EVENT_KIND.task_retry_set)).toBe(BRANCHES / 10);
  const figures = engines.map((one) => one.engine.figures());
  const lost = figures.reduce((sum, one) => sum + one.lost, 0);
  const changes = figures.reduce((sum, one) => sum + one.changes, 0);
  console.log(`changes ${changes}, lost races ${lost}, commits ${figures.map((one) => one.commits).join(" + ")}`);
  expect(lost).toBeLessThan(20);
  for (const worker of workers) await worker.stop();
  for (const engine of engines) await engine.stop();
  await assertWhole(database.url);
  await database.drop();
});
