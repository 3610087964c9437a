import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { JOB_STATUS } from "@/lib/job-status";
import { TASK_STATUS } from "@/server/engine/job";
import { until } from "@/test/queue/queue-world";
import { assertWhole, hostEngine } from "@/test/turn/engine-host";
import { asking, type DispatchWorld, dispatchWorld } from "./dispatch-world";

const EU = { requirements: { labels: { region: "eu" } } };
const types = ["leaving", "dying", "stolen", "kept", "paused", "cancelled", "first", "lost", "rep", "ordinary_rep"];
const eu = (skill: string, more: object = {}) => ({
  supported_skills: [skill],
  capabilities: { extra: { region: "eu" }, ...("capabilities" in more ? (more.capabilities as object) : {}) },
});

describe.each(["redis", "postgres"] as const)("tasks that wait at workers, by %s", (queue) => {
  let world: DispatchWorld;

  beforeAll(async () => {
    const blueprints = types.map((name) => asking(name, name === "ordinary_rep" ? {} : EU));
    world = await dispatchWorld(queue, blueprints, { leaseMs: 2_000 });
  });

  afterAll(async () => {
    await assertWhole(world.options.databaseUrl);
    await world.stop();
  });

  const placedAt = (job: string, worker: string) =>
    until(`placed at ${worker}`, async () => {
      const [task] = await world.tasks(job);
      return task?.status === TASK_STATUS.placed && task.worker === worker;
    });

  test("what waits at a worker that is about to stop goes to another, and it is given nothing more", async () => {
    const leaver = await world.worker("leaver", eu("leaving"));
    const job = await world.engine.start("leaving");
    await placedAt(job, "leaver");
    await leaver.beat({ status: "draining" });
    await until("unplaced", async () => (await world.tasks(job))[0]?.status === TASK_STATUS.unplaced);
    const stayer = await world.worker("stayer", eu("leaving"));
    const task = await stayer.next();
    expect(task?.job_id).toBe(job);
    expect(await world.tasks(job)).toMatchObject([{ worker: "stayer", fence: 1 }]);
    await stayer.succeed(task as never);
    await world.engine.until(job, JOB_STATUS.finished.code);
    const second = await world.engine.start("leaving");
    expect(await leaver.next(0.5)).toBeNull();
    await placedAt(second, "stayer");
    await stayer.succeed((await stayer.next()) as never);
  });

  test("what waits at a worker that fell silent goes to another", async () => {
    await world.worker("dead", eu("dying"));
    const job = await world.engine.start("dying");
    await placedAt(job, "dead");
    await world.engine.database.pool.query(
      "update worker_sessions set renewed_at = now() - interval '1 minute' where worker = 'dead'",
    );
    await until("unplaced", async () => (await world.tasks(job))[0]?.status === TASK_STATUS.unplaced);
    const alive = await world.worker("alive", eu("dying"));
    await alive.succeed((await alive.next()) as never);
    await world.engine.until(job, JOB_STATUS.finished.code);
  });

  test("an idle worker takes what waits at another, when it satisfies it too", async () => {
    const capable = { ...eu("stolen"), max_concurrent_tasks: 8 };
    await world.worker("slow", capable);
    const jobs = [await world.engine.start("stolen"), await world.engine.start("stolen")];
    for (const job of jobs) await placedAt(job, "slow");
    const elsewhere = await world.worker("elsewhere", {
      supported_skills: ["stolen"],
      capabilities: { extra: { region: "us" } },
    });
    expect(await elsewhere.next(1.5)).toBeNull();
    const quick = await world.worker("quick", eu("stolen"));
    const task = await quick.next(8);
    expect(jobs).toContain(task?.job_id);
    expect(world.engine.engine.dispatchFigures().steals).toBeGreaterThan(0);
    await quick.succeed(task as never);
    const other = await quick.next(8);
    await quick.succeed(other as never);
    for (const job of jobs) await world.engine.until(job, JOB_STATUS.finished.code);
  });

  test("a pause takes it from where it waits, going on places it anew; a cancel ends it", async () => {
    const worker = await world.worker("pauser", eu("paused"));
    const job = await world.engine.start("paused");
    await placedAt(job, "pauser");
    const by = { kind: "operator", id: "1", name: "Tom" } as const;
    await world.engine.engine.apply({ kind: "pause", jobId: job, by });
    expect(await world.tasks(job)).toMatchObject([{ status: TASK_STATUS.held, worker: null }]);
    expect(await worker.next(0.5)).toBeNull();
    await world.engine.engine.apply({ kind: "resume", jobId: job, by });
    const task = await worker.next();
    expect(task?.job_id).toBe(job);
    await worker.succeed(task as never);
    await world.engine.until(job, JOB_STATUS.finished.code);
    const cancelled = await world.engine.start("paused");
    await placedAt(cancelled, "pauser");
    await world.engine.engine.apply({ kind: "cancel", jobId: cancelled, by, reason: "not needed" });
    expect(await world.tasks(cancelled)).toEqual([]);
    expect(await worker.next(0.5)).toBeNull();
  });

  test("the more urgent is placed first", async () => {
    const jobs = [await world.engine.start("first"), await world.engine.start("first")];
    const by = { kind: "operator", id: "1", name: "Tom" } as const;
    await world.engine.engine.apply({ kind: "set_priority", jobId: jobs[1] as string, by, priority: 9 });
    const worker = await world.worker("one-at-a-time", { ...eu("first"), max_concurrent_tasks: 1 });
    for (const job of jobs.toReversed()) {
      const task = await worker.next(8);
      expect(task?.job_id).toBe(job);
      await worker.succeed(task as never);
    }
  });

  test("a hand-out whose poll is gone goes back before the dispatcher, with the same fence", async () => {
    await world.worker("hung-up", eu("lost"));
    const gone = new AbortController();
    const poll = world.web
      .fetch("/workers/hung-up/tasks/next?timeout=5", {
        headers: { "x-worker-token": "global-worker-token-of-the-tests" },
        signal: gone.signal,
      })
      .catch(() => null);
    await delay(200);
    gone.abort();
    await poll;
    const job = await world.engine.start("lost");
    const worker = await world.worker("hung-up", eu("lost"));
    const task = await worker.next(8);
    expect(task).toMatchObject({ job_id: job, task_id: expect.stringMatching(/\.1$/) });
    await worker.succeed(task as never);
    await world.engine.until(job, JOB_STATUS.finished.code);
  });

  test("a worker that is trusted too little is given nothing, placed or not; failures cost, whatever it registers", async () => {
    const worker = await world.worker("liar", eu("rep"));
    const reputation = async () =>
      (await world.engine.database.pool.query("select reputation from worker_reputations where worker = 'liar'"))
        .rows[0]?.reputation as number | undefined;
    await world.engine.start("rep");
    await worker.fail((await worker.next()) as never, "PERMANENT_ERROR");
    await until("the first failure counts", async () => Math.abs(((await reputation()) ?? 1) - 0.95) < 0.001);
    await world.engine.database.pool.query(
      "update worker_reputations set reputation = 0.2, updated_at = clock_timestamp() where worker = 'liar'",
    );
    const again = await world.worker("liar", { ...eu("rep"), supported_skills: ["rep", "ordinary_rep"] });
    expect(await reputation()).toBeCloseTo(0.2);
    const [asked, ordinary] = [await world.engine.start("rep"), await world.engine.start("ordinary_rep")];
    expect(await again.next(1.5)).toBeNull();
    expect(await world.tasks(asked)).toMatchObject([{ status: TASK_STATUS.unplaced }]);
    const honest = await world.worker("honest", { ...eu("rep"), supported_skills: ["rep", "ordinary_rep"] });
    for (const _ of [asked, ordinary]) await honest.succeed((await honest.next()) as never);
    for (const job of [asked, ordinary]) await world.engine.until(job, JOB_STATUS.finished.code);
  });

  test("another engine dispatches when the one that did stops", async () => {
    const second = await hostEngine(world.options);
    const leases = async () =>
      (await second.database.pool.query("select holder from leases where name = 'dispatcher' and until > now()")).rows;
    try {
      await until("there is a dispatcher", async () => (await leases()).length === 1);
      const [{ holder }] = await leases();
      await second.database.pool.query(
        "update leases set holder = 'nobody', epoch = epoch + 1, until = now() + interval '1 second' where name = 'dispatcher'",
      );
      const worker = await world.worker("survivor", eu("kept"));
      const job = await second.start("kept");
      const task = (await worker.next()) ?? (await worker.next());
      expect(task?.job_id).toBe(job);
      await worker.succeed(task as never);
      await second.until(job, JOB_STATUS.finished.code);
      expect([world.engine.engineId, second.engineId]).toContain(holder);
    } finally {
      await second.stop();
    }
  });
});
