import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type HistoryRow, type System, startSystem, withSystem } from "@/test/support/system";
import { differentTimes, expectCountedOnce, expectWhole, manyTasks } from "./many-tasks";

const LIMIT_MS = 240_000;

let system: System;
beforeAll(async () => {
  system = await startSystem({ environment: { WORKER_SHUTDOWN_TIMEOUT: "2" } });
  await system.put(manyTasks);
});
afterAll(() => system?.stop());

test(
  "a rolling restart by SIGTERM: everything ends in time, no attempt is burned, nothing counts as lost",
  async () => {
    const times = differentTimes(120, 300);
    const short = await system.startJob("many_tasks", { times });
    await untilStarted(system, short);
    for (const which of ["worker", "web", "worker"] as const) {
      // 0: it drained; what hangs would be cut off after its limit with 1.
      expect(await system.end(which)).toBe(0);
      await system.restart(which);
      await sleep(700);
    }
    const job = await system.untilJob(short, "finished", "failed", "error", "quarantined");
    const history = await system.history(short);
    expect(job.status).toBe("finished");
    expectWhole(history, job);
    expectCountedOnce(history, job, times);
    expect(burned(history)).toEqual([]);

    // One that runs longer than a worker takes to drain is handed back, three times and more.
    const long = await system.startJob("many_tasks", { times: [20_000] });
    for (let round = 0; round < 4; round++) {
      await untilStarted(system, long, round + 1);
      expect(await system.end("worker")).toBe(0);
      await system.restart("worker");
    }
    const again = await system.history(long);
    expect(again.filter((event) => event.data?.reason === "handed_back")).toHaveLength(4);
    expect(burned(again)).toEqual([]);
  },
  LIMIT_MS,
);

test(
  "tasks that run in the engine's own process get their time to end, and its stop the usual one after that",
  () => {
    const roles = { BATUTA_ROLES: "engine,worker", WORKER_HTTP_REQUIRED: "false" };
    const limits = { SHUTDOWN_TIMEOUT_SECONDS: "3", WORKER_SHUTDOWN_TIMEOUT: "60" };
    return withSystem({ environment: { ...roles, ...limits } }, async (both) => {
      await both.end("worker");
      const { body } = await both.api("POST", "/api/v1/tasks/demo_sleep", { input: { ms: 5_000 } });
      const runs = () => both.rows("select from tasks where job_id = $1 and status = 2", [body.job_id]);
      await both.until("its task runs", async () => (await runs()).length === 1);
      expect(await both.end("web")).toBe(0);
      expect(await both.rows("select status from jobs")).toEqual([{ status: 20 }]);
    });
  },
  LIMIT_MS,
);

test(
  "a second signal ends a drain at once: what still runs is left to others",
  async () => {
    const job = await system.startJob("many_tasks", { times: [60_000] });
    await untilStarted(system, job);
    const first = system.end("worker");
    await sleep(300);
    await system.end("worker");
    expect(await first).toBe(0);
    expect(burned(await system.history(job))).toEqual([]);
  },
  LIMIT_MS,
);

async function untilStarted(system: System, jobId: string, times = 1): Promise<void> {
  const started = (history: HistoryRow[]) => history.filter((event) => event.event_type === "task_started").length;
  await system.until("a task has started", async () => {
    const history = await system.history(jobId);
    return started(history) >= times || history.some((event) => event.event_type === "task_finished");
  });
}

/** Attempts that failed or were lost. */
function burned(history: HistoryRow[]): HistoryRow[] {
  return history.filter((event) => event.event_type === "task_failed" || event.data?.reason === "lost");
}
