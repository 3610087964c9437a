import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, inject, it } from "vitest";
import type { BlueprintDocument } from "@/lib/blueprint/document";
import { EVENT_KIND } from "@/lib/job-event";
import { JOB_STATUS } from "@/lib/job-status";
import { defineBlueprint, end, handler } from "@/server/engine/blueprint/define";
import { createTestDatabase, type TestDatabase } from "@/test/support/database";
import { assertWhole, type EngineHost, type HostOptions, hostEngine, hostWorker } from "./engine-host";

const FINISHED = JOB_STATUS.finished.code;

const echo: BlueprintDocument = {
  name: "echo",
  states: {
    work: {
      type: "task",
      start: true,
      task_type: "echo",
      transitions: { success: "done" },
    },
    done: { type: "end", outcome: "success" },
  },
};
const parent: BlueprintDocument = {
  name: "parent",
  states: {
    sub: {
      type: "child",
      start: true,
      blueprint: "echo",
      input: { n: 1 },
      transitions: { success: "done", failure: "failed" },
    },
    done: { type: "end", outcome: "success" },
    failed: { type: "end", outcome: "failure" },
  },
};
const slow = defineBlueprint({
  name: "slow",
  states: {
    think: handler({ to: ["done"] }, async ({ actions }) => {
      await sleep(300);
      return actions.transitionTo("done");
    }),
    done: end({ outcome: "success" }),
  },
});

let database: TestDatabase;
let options: HostOptions;
let engine: EngineHost;
const workers: { stop(): Promise<void> }[] = [];

beforeEach(async () => {
  database = await createTestDatabase();
  options = {
    databaseUrl: database.url,
    redisUrl: inject("redisUrl"),
    prefix: `b:${randomUUID()}:`,
    blueprints: [echo, parent, slow],
    leaseMs: 1_500,
  };
  engine = await hostEngine(options);
});
afterEach(async () => {
  for (const worker of workers.splice(0)) await worker.stop();
  await engine.stop();
  await assertWhole(database.url);
  await database.drop();
});

async function worker(work: Parameters<typeof hostWorker>[2] = () => ({ data: {} })) {
  const one = await hostWorker(options, ["echo"], work);
  workers.push(one);
  return one;
}

async function count(job: string, kind: keyof typeof EVENT_KIND): Promise<number> {
  return (await engine.events(job)).filter((event) => event.kind === EVENT_KIND[kind]).length;
}

describe("what the reference does wrong, in the running system", () => {
  it("[§4] no idle worker: the job is quarantined within milliseconds — here: it waits, and runs when one comes", async () => {
    const job = await engine.start("echo");
    await sleep(1_500);
    expect(await count(job, "job_quarantined")).toBe(0);
    await worker();
    await engine.until(job, FINISHED);
    expect(await count(job, "task_failed")).toBe(0);
  });

  it("[§4] a tie in the queue goes by packed bytes, not first in first out — here: the oldest first", async () => {
    const jobs: string[] = [];
    for (let n = 0; n < 8; n++) jobs.push(await engine.start("echo", { n }));
    const order: string[] = [];
    await worker((message) => {
      order.push(message.jobId);
      return { data: {} };
    });
    for (const job of jobs) await engine.until(job, FINISHED);
    expect(order).toEqual(jobs);
  });

  it("[§4] the queue of a worker that expired is deleted, its tasks wait for a timeout — here: others get them", async () => {
    const dead = await worker(() => null);
    const job = await engine.start("echo");
    for (const until = Date.now() + 60_000; dead.taken() === 0 && Date.now() < until; ) await sleep(20);
    dead.die();
    await worker();
    await engine.until(job, FINISHED);
    expect(await count(job, "task_redelivered")).toBe(1);
  });

  it("[§5.1] of five jobs with a slow handler four stay pending for ever — here: all end", async () => {
    const jobs = await Promise.all(Array.from({ length: 5 }, () => engine.start("slow")));
    for (const job of jobs) await engine.until(job, FINISHED);
  });

  it("[§3.6] a parent is resumed twice, or three times — here: once, in the history of a real job", async () => {
    await worker();
    const job = await engine.start("parent");
    await engine.until(job, FINISHED);
    expect(await count(job, "child_ended")).toBe(1);
    expect(await count(job, "state_entered")).toBe(2);
  });

  it("[§3.6, 5.5] a child's failed task leaves its parent hanging — here: the parent fails as well", async () => {
    await worker(() => ({ code: "INVALID_INPUT_ERROR" }));
    const job = await engine.start("parent");
    await engine.until(job, JOB_STATUS.failed.code);
    expect(await count(job, "child_ended")).toBe(1);
  });

  it("[§5.1] cancelled jobs go on — here: the result of a cancelled job changes nothing", async () => {
    const held: { jobId: string; no: number; fence: number }[] = [];
    await worker((message) => {
      held.push(message);
      return null;
    });
    const job = await engine.start("echo");
    for (const until = Date.now() + 60_000; held.length === 0 && Date.now() < until; ) await sleep(20);
    await engine.engine.apply({ kind: "cancel", jobId: job, by: { kind: "client", id: "1" } });
    const { jobId, no, fence } = held[0] ?? { jobId: job, no: 0, fence: 0 };
    const late = { kind: "task_result", jobId, no, fence, worker: "w", outcome: "success" } as const;
    expect(await engine.engine.apply(late)).toMatchObject({ applied: false, reason: "job_cancelled" });
    await engine.until(job, JOB_STATUS.cancelled.code);
  });
});
