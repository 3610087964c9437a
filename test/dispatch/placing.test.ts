import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { JOB_STATUS } from "@/lib/job-status";
import { TASK_STATUS } from "@/server/engine/job";
import { assertWhole } from "@/test/turn/engine-host";
import { asking, type DispatchWorld, dispatchWorld } from "./dispatch-world";

const gpu = { resources: { devices: [{ type: "gpu", properties: { vram_gb: 24 } }] } };
const card = (vram: number) => ({ devices: [{ type: "gpu", model: "RTX", properties: { vram_gb: vram } }] });

describe.each(["redis", "postgres"] as const)("placing by %s", (queue) => {
  let world: DispatchWorld;

  beforeAll(async () => {
    world = await dispatchWorld(queue, [
      asking("later", { requirements: gpu }),
      asking("one_of", { requirements: gpu }),
      asking("timed", { requirements: gpu, dispatch_timeout_seconds: 1 }),
      asking("retried", { requirements: gpu, retry: { max_attempts: 2, base_ms: 10 } }),
    ]);
  });

  afterAll(async () => {
    await assertWhole(world.options.databaseUrl);
    await world.stop();
  });

  test("a task waits while nobody satisfies it, and runs as soon as somebody does", async () => {
    const weak = await world.worker("later-weak", { supported_skills: ["later"], resources: card(8) });
    const job = await world.engine.start("later");
    expect(await weak.next(0.6)).toBeNull();
    expect(await world.tasks(job)).toMatchObject([{ status: TASK_STATUS.unplaced, worker: null }]);
    const strong = await world.worker("later-strong", { supported_skills: ["later"], resources: card(48) });
    const task = await strong.next();
    expect(task).toMatchObject({ job_id: job, type: "later" });
    expect(await world.tasks(job)).toMatchObject([{ status: TASK_STATUS.running, worker: "later-strong", fence: 1 }]);
    expect(await strong.succeed(task as never)).toMatchObject({ status: "accepted" });
    await world.engine.until(job, JOB_STATUS.finished.code);
  });

  test("of many workers only the one that satisfies it is given it", async () => {
    const weak = await Promise.all(
      [1, 2, 3].map((n) => world.worker(`one-${n}`, { supported_skills: ["one_of"], resources: card(n) })),
    );
    const strong = await world.worker("one-strong", { supported_skills: ["one_of"], resources: card(24) });
    const polls = weak.map((worker) => worker.next(2));
    const taken = strong.next();
    const job = await world.engine.start("one_of");
    const task = await taken;
    expect(task?.job_id).toBe(job);
    await strong.succeed(task as never);
    expect(await Promise.all(polls)).toEqual([null, null, null]);
    await world.engine.until(job, JOB_STATUS.finished.code);
  });

  test("its time in the queue ends also where nobody can take it", async () => {
    const job = await world.engine.start("timed");
    await world.engine.until(job, JOB_STATUS.quarantined.code, JOB_STATUS.failed.code);
    const events = await world.engine.events(job);
    expect(JSON.stringify(events)).toContain("dispatch timeout");
  });

  test("a retry is placed anew", async () => {
    const worker = await world.worker("retrier", { supported_skills: ["retried"], resources: card(24) });
    const job = await world.engine.start("retried");
    const first = await worker.next();
    await worker.fail(first as never, "TRANSIENT_ERROR");
    const second = await worker.next();
    expect(second?.task_id).not.toBe(first?.task_id);
    expect(second?.job_id).toBe(job);
    await worker.succeed(second as never);
    await world.engine.until(job, JOB_STATUS.finished.code);
  });
});
