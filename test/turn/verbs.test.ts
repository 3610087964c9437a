import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { v7 as uuidv7 } from "uuid";
import { afterEach, beforeEach, describe, expect, inject, it } from "vitest";
import type { BlueprintDocument } from "@/lib/blueprint/document";
import { JOB_STATUS } from "@/lib/job-status";
import { defineBlueprint, end, handler } from "@/server/engine/blueprint/define";
import { createTestDatabase, type TestDatabase } from "@/test/support/database";
import { assertWhole, type EngineHost, type HostOptions, hostEngine, hostWorker } from "./engine-host";

const { finished, failed, quarantined, paused, waiting } = JOB_STATUS;
const by = { kind: "operator", id: "ana", name: "Ana" } as const;

const chain: BlueprintDocument = {
  name: "chain",
  input_schema: { type: "object", properties: { n: { type: "number" } } },
  states: {
    one: { type: "task", start: true, task_type: "echo", params: { step: "one" }, transitions: { success: "two" } },
    two: {
      type: "task",
      task_type: "echo",
      params: { step: "two", n: "${initial_data.n}" },
      transitions: { success: "done" },
    },
    done: { type: "end", outcome: "success" },
  },
};

const fan: BlueprintDocument = {
  name: "fan",
  states: {
    fan: {
      type: "parallel",
      start: true,
      for_each: "${initial_data.items}",
      task: { task_type: "echo", params: { n: "${item}" } },
      concurrency: 3,
      aggregate_into: "done",
    },
    done: { type: "end", outcome: "success", result: { n: "${size(aggregation_list)}" } },
  },
};

const waits: BlueprintDocument = {
  name: "waits",
  states: {
    nap: { type: "wait", start: true, seconds: "${initial_data.nap}", to: "call" },
    call: { type: "wait", signal: "go", timeout_seconds: 600, transitions: { received: "done", timeout: "late" } },
    done: { type: "end", outcome: "success", result: "${state_history.call}" },
    late: { type: "end", outcome: "failure" },
  },
};

const thinks = defineBlueprint({
  name: "thinks",
  states: {
    think: handler({ to: ["done"] }, async ({ actions }) => {
      await sleep(400);
      actions.updateContext({ thought: true });
      actions.sendEvent("idea", { deep: true });
      return actions.transitionTo("done");
    }),
    done: end({ outcome: "success", result: { input: "${initial_data.thought}" } }),
  },
});

describe.each(["redis", "postgres"] as const)("what people do with jobs, with the %s queue", (kind) => {
  let database: TestDatabase;
  let options: HostOptions;
  let host: EngineHost;
  const workers: { stop(): Promise<void> }[] = [];
  let seen: string[];

  beforeEach(async () => {
    seen = [];
    database = await createTestDatabase();
    options = {
      databaseUrl: database.url,
      redisUrl: kind === "redis" ? inject("redisUrl") : null,
      prefix: `v:${randomUUID()}:`,
      blueprints: [chain, fan, waits, thinks],
    };
    host = await hostEngine(options);
  });

  afterEach(async () => {
    for (const worker of workers.splice(0)) await worker.stop();
    await host.stop();
    await assertWhole(database.url);
    await database.drop();
  });

  async function worker(work: Parameters<typeof hostWorker>[2] = () => ({})): Promise<void> {
    workers.push(
      await hostWorker(options, ["echo"], (message) => {
        seen.push(message.jobId);
        return work(message);
      }),
    );
  }

  async function row(jobId: string) {
    const { rows } = await host.database.pool.query("select status, state, result from jobs where id = $1", [jobId]);
    return rows[0];
  }

  it("a paused job's tasks are not taken until it goes on", async () => {
    const jobs = [await host.start("chain", { n: 0 }), await host.start("fan", { items: [1, 2, 3, 4, 5] })];
    for (const jobId of jobs) await host.engine.apply({ kind: "pause", jobId, by });
    for (const jobId of jobs) await host.until(jobId, paused.code);
    await sleep(200);
    await worker();
    await sleep(700);
    expect(seen).toEqual([]);
    for (const jobId of jobs) await host.engine.apply({ kind: "resume", jobId, by });
    for (const jobId of jobs) await host.until(jobId, finished.code);
  });

  it("what runs when a job is paused may end, and what follows waits", async () => {
    await worker(() => null);
    const job = await host.start("chain", { n: 0 });
    await expect.poll(() => seen.length).toBe(1);
    const [task] = await host.events(job).then((events) => events.filter((event) => event.data.n !== undefined));
    await host.engine.apply({ kind: "pause", jobId: job, by });
    const no = Number(task?.data.n);
    const result = await host.engine.apply({
      kind: "task_result",
      jobId: job,
      no,
      fence: 1,
      worker: "w",
      outcome: "success",
    });
    expect(result).toMatchObject({ applied: true, status: "paused" });
    expect(await row(job)).toMatchObject({ state: "two", status: paused.code });
    await workers.splice(0)[0]?.stop();
    await worker();
    await host.engine.apply({ kind: "resume", jobId: job, by });
    await host.until(job, finished.code);
  });

  it("a job's priority counts for tasks that wait, and for those that follow", async () => {
    await host.database.pool.query(
      "insert into queues (type, paused_at) values ('echo', now()) on conflict do nothing",
    );
    const job = await host.start("fan", { items: [1, 2, 3, 4, 5] });
    await host.engine.apply({ kind: "set_priority", jobId: job, by, priority: 9 });
    const { rows } = await host.database.pool.query(
      "select count(*)::int as n from tasks where job_id = $1 and priority = 9 and status in (0, 4)",
      [job],
    );
    expect(rows[0].n).toBeGreaterThanOrEqual(2);
    await host.database.pool.query("delete from queues");
    await worker();
    await host.until(job, finished.code);
  });

  it("a handler that comes back into a paused job is acted upon when that goes on", async () => {
    const job = await host.start("thinks");
    await host.engine.apply({ kind: "pause", jobId: job, by });
    await sleep(900);
    expect((await row(job)).status).toBe(paused.code);
    await host.engine.apply({ kind: "resume", jobId: job, by });
    await host.until(job, finished.code);
    expect((await row(job)).result).toEqual({ input: true });
  });

  it("waits for a time, then for a signal, and takes no other", async () => {
    const job = await host.start("waits", { nap: 1 });
    await host.until(job, waiting.code);
    expect(await host.engine.apply({ kind: "signal_sent", jobId: job, name: "go", by })).toMatchObject({
      applied: false,
      reason: "not_waiting",
    });
    await expect.poll(async () => (await row(job)).state, { timeout: 60_000 }).toBe("call");
    expect(await host.engine.apply({ kind: "signal_sent", jobId: job, name: "stop", by })).toMatchObject({
      applied: false,
      reason: "other_signal",
      detail: "go",
    });
    await host.engine.apply({ kind: "signal_sent", jobId: job, name: "go", by, payload: { who: "ana" } });
    await host.until(job, finished.code);
    expect((await row(job)).result).toEqual({ who: "ana" });
  });

  it("requeues with data put right, completes a step by hand, and forks", async () => {
    await worker(({ params }) =>
      (JSON.parse(params ?? "{}") as { step: string; n?: number }).step === "two" && !params?.includes("7")
        ? { code: "PERMANENT_ERROR" }
        : {},
    );
    const job = await host.start("chain", { n: 1 });
    await host.until(job, quarantined.code);
    const wrong = { initial_data: { n: "seven" } };
    expect(await host.engine.apply({ kind: "requeue", jobId: job, by, patch: wrong })).toMatchObject({
      applied: false,
      reason: "invalid_data",
    });
    await host.engine.apply({ kind: "requeue", jobId: job, by, patch: { initial_data: { n: 7 } } });
    await host.until(job, finished.code);

    const other = await host.start("chain", { n: 2 });
    await host.until(other, quarantined.code);
    expect(await host.engine.apply({ kind: "complete_step", jobId: other, by, outcome: "maybe" })).toMatchObject({
      applied: false,
      reason: "unknown_outcome",
      detail: "success",
    });
    await host.engine.apply({ kind: "complete_step", jobId: other, by, outcome: "success", data: { hand: true } });
    await host.until(other, finished.code);
    expect((await row(other)).result).toEqual({ hand: true });

    const fork = uuidv7();
    await host.engine.apply({
      kind: "fork",
      jobId: other,
      by,
      fork,
      state: "two",
      seq: 3,
      input: { n: 7 },
      stateHistory: { a: 1 },
    });
    await host.until(fork, finished.code);
    expect((await row(fork)).result).toEqual({ a: 1 });
    const third = await host.start("chain", { n: 3 });
    await host.until(third, quarantined.code);
    await host.engine.apply({ kind: "give_up", jobId: third, by, reason: "no use" });
    await host.until(third, failed.code);
  });
});
