import { Redis } from "ioredis";
import { expect, test } from "vitest";
import { EVENT_KIND } from "@/lib/job-event";
import { startOwnRedis } from "@/test/support/own-servers";
import { type Answer, type System, withSystem } from "@/test/support/system";
import { differentTimes, expectCountedOnce, expectWhole, manyTasks } from "./many-tasks";

const LIMIT_MS = 300_000;
/** Short leases, so that what died is missed within seconds. */
const shortLease = { WORKER_LEASE_SECONDS: "3" };

test(
  "kill -9 of the worker, then of the web process, then FLUSHALL, in the middle of a job of 200 tasks",
  async () => {
    const redis = await startOwnRedis({ persistent: false });
    try {
      await withSystem({ redis: { url: redis.now.url }, environment: shortLease }, async (system) => {
        await system.put(manyTasks);
        const times = differentTimes(200, 900);
        const jobId = await system.startJob("many_tasks", { times });

        await untilFinishedTasks(system, jobId, 20);
        await system.kill("worker");
        const beforeLoss = await finishedTasks(system, jobId);
        await system.restart("worker");

        await untilFinishedTasks(system, jobId, 70);
        await system.kill("web");
        const beforeCrash = await finishedTasks(system, jobId);
        await system.restart("web");

        await untilFinishedTasks(system, jobId, 120);
        const beforeFlush = await finishedTasks(system, jobId);
        await flushAll(redis.now.url);

        const job = await system.untilJob(jobId, "finished", "failed", "error", "cancelled", "quarantined");
        expect(job).toMatchObject({ status: "finished", error: null });
        // Each blow fell in the middle.
        for (const done of [beforeLoss, beforeCrash, beforeFlush]) expect(done).toBeLessThan(200);
        const history = await system.history(jobId);
        expectWhole(history, job);
        expectCountedOnce(history, job, times);
        expect(history.filter((event) => event.event_type === "task_redelivered").length).toBeGreaterThan(0);
      });
    } finally {
      await redis.remove();
    }
  },
  LIMIT_MS,
);

test(
  "the web process killed mid turn under load: every acknowledged job exists and ends once, no key has two jobs",
  () =>
    withSystem({ environment: shortLease }, async (system) => {
      const keys = Array.from({ length: 400 }, (_, index) => `order-${index}`);
      const jobOfKey = new Map<string, string>();
      let stop = false;
      let broken = 0;
      const clients = Array.from({ length: 20 }, async (_, client) => {
        for (let index = client; index < keys.length && !stop; index += 20) {
          const key = keys[index] as string;
          while (!jobOfKey.has(key) && !stop) {
            const answer = await submit(system, key);
            if (answer?.status === 202) jobOfKey.set(key, answer.body.job_id);
            else {
              // Only the door may be shut; a refusal is a bug.
              if (answer) expect(answer.status).toBeGreaterThanOrEqual(500);
              broken += 1;
              await new Promise((resolve) => setTimeout(resolve, 50));
            }
          }
        }
      });
      try {
        for (const acknowledged of [60, 200]) {
          await system.until(`${acknowledged} jobs are acknowledged`, () => jobOfKey.size >= acknowledged);
          await system.kill("web");
          await system.restart("web");
        }
        await Promise.all(clients);
      } finally {
        stop = true;
        await Promise.allSettled(clients);
      }
      expect(broken).toBeGreaterThan(0);
      expect(new Set(jobOfKey.values()).size).toBe(keys.length);
      await system.until("no job is open", async () => (await openJobs(system)) === 0);
      const jobs = await system.rows(
        `select id, version, status,
                (select count(*)::int from events where job_id = jobs.id) as events,
                (select count(*)::int from events where job_id = jobs.id and kind = $1) as ends,
                (select count(*)::int from events where job_id = jobs.id and kind = $2) as results
         from jobs`,
        [EVENT_KIND.job_completed, EVENT_KIND.task_finished],
      );
      // A job that nobody was told of would show here, as would an acknowledged one that is gone.
      expect(jobs.map((job) => job.id).toSorted()).toEqual([...jobOfKey.values()].toSorted());
      for (const job of jobs) expect(job).toMatchObject({ status: 20, events: job.version, ends: 1, results: 1 });
      const again = await submit(system, "order-0");
      expect(again?.body.job_id).toBe(jobOfKey.get("order-0"));
      expect(again?.headers.get("idempotency-replayed")).toBe("true");
    }),
  LIMIT_MS,
);

test(
  "SIGTERM of both processes in the middle of a job burns no attempt",
  () =>
    withSystem({ environment: shortLease }, async (system) => {
      await system.put(manyTasks);
      const times = differentTimes(100, 150);
      const jobId = await system.startJob("many_tasks", { times });
      await untilFinishedTasks(system, jobId, 15);
      expect(await system.end("worker")).toBe(0);
      expect(await finishedTasks(system, jobId)).toBeLessThan(100);
      await system.restart("worker");
      await untilFinishedTasks(system, jobId, 40);
      expect(await system.end("web")).toBe(0);
      expect(await finishedTasks(system, jobId)).toBeLessThan(100);
      await system.restart("web");
      const job = await system.untilJob(jobId, "finished", "failed", "error", "quarantined");
      expect(job.status).toBe("finished");
      const history = await system.history(jobId);
      expectWhole(history, job);
      expectCountedOnce(history, job, times);
      const burned = ["task_failed", "task_retry_set", "task_redelivered"];
      expect(history.filter((event) => burned.includes(event.event_type))).toEqual([]);
      const fences = history.filter((event) => event.event_type === "task_finished").map((event) => event.data.fence);
      expect(new Set(fences)).toEqual(new Set([1]));
    }),
  LIMIT_MS,
);

test(
  "without Redis a job ends as well, over a kill -9 of both processes",
  () =>
    withSystem({ redis: "none", environment: shortLease }, async (system) => {
      expect((await system.api("GET", "/readyz")).body.degraded).toEqual([expect.stringContaining("No Redis")]);
      await system.put(manyTasks);
      const times = differentTimes(60, 200);
      const jobId = await system.startJob("many_tasks", { times });
      await untilFinishedTasks(system, jobId, 10);
      await Promise.all([system.kill("worker"), system.kill("web")]);
      expect(await finishedTasks(system, jobId)).toBeLessThan(60);
      await Promise.all([system.restart("web"), system.restart("worker")]);
      const job = await system.untilJob(jobId, "finished", "failed", "error", "quarantined");
      expect(job.status).toBe("finished");
      const history = await system.history(jobId);
      expectWhole(history, job);
      expectCountedOnce(history, job, times);
    }),
  LIMIT_MS,
);

async function finishedTasks(system: System, jobId: string): Promise<number> {
  const [row] = await system.rows("select count(*)::int as done from events where job_id = $1 and kind = $2", [
    jobId,
    EVENT_KIND.task_finished,
  ]);
  return row.done;
}

function untilFinishedTasks(system: System, jobId: string, count: number): Promise<void> {
  return system.until(`${count} tasks are finished`, async () => (await finishedTasks(system, jobId)) >= count);
}

async function openJobs(system: System): Promise<number> {
  const [row] = await system.rows("select count(*)::int as open from jobs where status < 20");
  return row.open;
}

/** Null when the connection was refused or broke: then nobody knows whether the job exists. */
function submit(system: System, key: string): Promise<Answer | null> {
  const body = { initial_data: { text: key } };
  return system.api("POST", "/api/v1/jobs/urgent_first", body, { "idempotency-key": key }).catch(() => null);
}

async function flushAll(url: string): Promise<void> {
  const redis = new Redis(url);
  await redis.flushall();
  await redis.quit();
}
