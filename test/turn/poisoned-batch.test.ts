import { randomUUID } from "node:crypto";
import { afterEach, beforeEach, expect, it } from "vitest";
import type { BlueprintDocument } from "@/lib/blueprint/document";
import { JOB_STATUS } from "@/lib/job-status";
import { createTestDatabase, type TestDatabase } from "@/test/support/database";
import { assertWhole, type EngineHost, hostEngine } from "./engine-host";

const COUNT = 300;
const quick: BlueprintDocument = {
  name: "quick",
  states: {
    work: { type: "task", start: true, task_type: "none", transitions: { success: "ask" } },
    // The message is a text of Postgres, which holds no NUL.
    ask: { type: "approval", message: "${state_history.text}?", transitions: { approved: "done" } },
    done: { type: "end", outcome: "success" },
  },
};

let database: TestDatabase;
let engine: EngineHost;
beforeEach(async () => {
  database = await createTestDatabase();
  engine = await hostEngine({
    databaseUrl: database.url,
    redisUrl: null,
    prefix: randomUUID(),
    blueprints: [quick],
  });
});
afterEach(async () => {
  await engine.stop();
  await database.drop();
});

it("one row that cannot be stored, in a batch of hundreds, is quarantined alone", async () => {
  const jobs = await Promise.all(Array.from({ length: COUNT }, () => engine.start("quick")));
  const poisoned = jobs[117] as string;
  const answers = await Promise.all(
    jobs.map((jobId) =>
      engine.engine.apply({
        kind: "task_result",
        jobId,
        no: 3072,
        fence: 1,
        worker: "w",
        outcome: "success",
        data: { text: jobId === poisoned ? "\u0000" : "fine" },
      }),
    ),
  );
  for (const [index, answer] of answers.entries()) {
    const status = jobs[index] === poisoned ? "quarantined" : "waiting_for_human";
    expect([index, answer]).toMatchObject([index, { applied: true, status }]);
  }
  const { rows } = await engine.database.pool.query(
    "select status, count(*)::int as jobs from jobs group by status order by status",
  );
  expect(rows).toEqual([
    { status: JOB_STATUS.waiting_for_human.code, jobs: COUNT - 1 },
    { status: JOB_STATUS.quarantined.code, jobs: 1 },
  ]);
  await assertWhole(database.url);
});
