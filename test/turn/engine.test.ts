import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { BlueprintDocument } from "@/lib/blueprint/document";
import { JOB_STATUS } from "@/lib/job-status";
import { createTestDatabase, type TestDatabase } from "@/test/support/database";
import { testKeyPrefix, testRedisUrl } from "@/test/support/redis";
import { assertWhole, type EngineHost, hostEngine, hostWorker } from "./engine-host";

const FINISHED = JOB_STATUS.finished.code;
const FAILED = JOB_STATUS.failed.code;
const QUARANTINED = JOB_STATUS.quarantined.code;

const mixed: BlueprintDocument = {
  name: "mixed",
  labels: { kind: "${initial_data.kind}" },
  states: {
    route: { type: "choice", start: true, cases: [{ when: "initial_data.kind == 'fan'", to: "fan" }], default: "one" },
    one: {
      type: "task",
      task_type: "echo",
      params: { n: "${initial_data.n}" },
      transitions: { success: "done" },
      retry: { base_ms: 20 },
    },
    fan: {
      type: "parallel",
      for_each: "${initial_data.items}",
      task: { task_type: "echo", params: { n: "${item}" } },
      aggregate_into: "sum",
    },
    sum: { type: "set", values: { all: "${aggregation_list.map(r, r.data.n)}" }, to: "ask" },
    ask: { type: "approval", message: "Good?", transitions: { approved: "done", rejected: "failed" } },
    done: { type: "end", outcome: "success" },
    failed: { type: "end", outcome: "failure" },
  },
};

describe.each(["redis", "postgres"] as const)("the engine on the %s queue", (kind) => {
  let database: TestDatabase;
  let host: EngineHost;
  let worker: Awaited<ReturnType<typeof hostWorker>>;
  const failures = new Map<string, number>();

  beforeAll(async () => {
    database = await createTestDatabase();
    const options = {
      databaseUrl: database.url,
      redisUrl: kind === "redis" ? testRedisUrl() : null,
      prefix: testKeyPrefix(),
      blueprints: [mixed],
    };
    host = await hostEngine(options);
    worker = await hostWorker(options, ["echo"], (message) => {
      const { n } = JSON.parse(message.params ?? "{}") as { n: number | string };
      const seen = (failures.get(message.jobId) ?? 0) + 1;
      if (n === "flaky") failures.set(message.jobId, seen);
      if (n === "flaky" && seen < 3) return { code: "TRANSIENT_ERROR" };
      if (n === "broken") return { code: "PERMANENT_ERROR" };
      return { data: { n } };
    });
  });

  afterAll(async () => {
    await worker?.stop();
    await host?.stop();
    await assertWhole(database.url);
    await database.drop();
    expect(host.warnings).toEqual([]);
  });

  it("runs a task and keeps its history", async () => {
    const job = await host.start("mixed", { kind: "one", n: 5 });
    await host.until(job, FINISHED);
    const events = await host.events(job);
    expect(events.map((event) => event.seq)).toEqual([1, 2, 3, 4, 5, 6, 7]);
    const { rows } = await host.database.pool.query("select result, labels, version from jobs where id = $1", [job]);
    expect(rows[0]).toEqual({ result: { n: 5 }, labels: { kind: "one" }, version: 7 });
  });

  it("fans out, aggregates, asks a person, ends", async () => {
    const items = Array.from({ length: 150 }, (_, index) => index);
    const job = await host.start("mixed", { kind: "fan", items });
    await host.until(job, JOB_STATUS.waiting_for_human.code);
    const { rows } = await host.database.pool.query("select no from approvals where job_id = $1 and status = 0", [job]);
    const decide = (id: string, decision: string) =>
      host.engine.apply({
        kind: "approval_decided",
        jobId: job,
        no: rows[0].no,
        decision,
        by: { kind: "operator", id, name: id },
      });
    const answers = await Promise.all([decide("ana", "approved"), decide("luis", "rejected")]);
    expect(answers.filter((answer) => answer.applied)).toHaveLength(1);
    const winner = answers[0]?.applied ? "ana" : "luis";
    expect(answers.find((answer) => !answer.applied)).toMatchObject({ reason: "already_decided", by: { id: winner } });
    await host.until(job, winner === "ana" ? FINISHED : FAILED);
    const finished = await host.database.pool.query(
      "select count(*)::int as n from events where job_id = $1 and kind = 9",
      [job],
    );
    expect(finished.rows[0].n).toBe(150);
  });

  it("retries what may pass, quarantines what will not", async () => {
    const [flaky, broken] = [
      await host.start("mixed", { kind: "one", n: "flaky" }),
      await host.start("mixed", { kind: "one", n: "broken" }),
    ];
    await host.until(flaky, FINISHED);
    await host.until(broken, QUARANTINED);
    const { rows } = await host.database.pool.query("select error from jobs where id = $1", [broken]);
    expect(rows[0].error).toMatchObject({ code: "PERMANENT_ERROR", state: "one" });
    expect(await host.engine.apply({ kind: "cancel", jobId: broken, by: { kind: "operator", id: "1" } })).toMatchObject(
      { applied: true },
    );
  });

  it("says what became of signals for jobs and tasks that are not there", async () => {
    const missing = "0190a000-0000-7000-8000-000000000009";
    expect(await host.engine.apply({ kind: "cancel", jobId: missing, by: { kind: "operator", id: "1" } })).toEqual({
      applied: false,
      reason: "job_not_found",
    });
    const job = await host.start("mixed", { kind: "one", n: 1 });
    await host.until(job, FINISHED);
    const late = await host.engine.apply({
      kind: "task_result",
      jobId: job,
      no: 3072,
      fence: 1,
      worker: "w",
      outcome: "success",
    });
    expect(late).toMatchObject({ applied: false, reason: "job_already_terminated", job: { status: "finished" } });
  });

  it("takes many jobs at once", async () => {
    const jobs = await Promise.all(Array.from({ length: 500 }, (_, n) => host.start("mixed", { kind: "one", n })));
    for (const job of jobs) await host.until(job, FINISHED);
  });
});
