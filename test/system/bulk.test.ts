import { afterAll, beforeAll, expect, test } from "vitest";
import { EVENT_KIND } from "@/lib/job-event";
import { JOB_STATUS } from "@/lib/job-status";
import { type Answer, type System, startSystem } from "@/test/support/system";

const LIMIT_MS = 300_000;
const JOBS = 100;

/** The worker refuses it for good, until `times` is put right. */
const refused = {
  name: "refused",
  states: {
    send: {
      type: "task",
      start: true,
      task_type: "demo_fail",
      params: { code: "PERMANENT_ERROR", times: "${initial_data.times}" },
      transitions: { success: "sent" },
    },
    sent: { type: "end", outcome: "success" },
  },
};

// The second cluster is there when nothing is left of the first.
let system: System;
beforeAll(async () => {
  system = await startSystem();
});
afterAll(() => system?.stop());

test(
  "a cluster of 100 is requeued with a canary first, and the web process is killed in the middle of the rest",
  async () => {
    const ids = await cluster(system);
    const selection = await select(system);
    expect(selection.count).toBe(JOBS);
    const bulk = await requeue(system, selection.selection_id, { times: 0 });
    await system.until("the rest has begun", async () => (await requeued(system, ids)).total > 1);
    await system.kill("web");
    const before = await requeued(system, ids);
    await system.restart("web");

    expect(await system.untilJob(bulk, "finished", "failed", "quarantined")).toMatchObject({ status: "finished" });
    for (const id of ids) await system.untilJob(id, "finished");
    expect(await report(system, bulk)).toMatchObject({
      phase: "done",
      total: JOBS,
      ok: JOBS,
      skipped: 0,
      failed: 0,
      canary: { ended_well: 1, verdict: "well" },
    });
    expect(await requeued(system, ids)).toEqual({ total: JOBS, most: 1 });
    expect(before.most).toBe(1);
    const entries = "select count(*)::int as n from audit where action = 'job.requeue' and data ->> 'bulk' = $1";
    expect(await system.rows(entries, [bulk])).toEqual([{ n: JOBS }]);
  },
  LIMIT_MS,
);

test(
  "when the canary fails again, the other 99 of the cluster stay as they are",
  async () => {
    const ids = await cluster(system);
    const bulk = await requeue(system, (await select(system)).selection_id, { times: 7 });
    expect(await system.untilJob(bulk, "finished", "failed")).toMatchObject({ status: "failed" });
    expect(await report(system, bulk)).toMatchObject({
      phase: "stopped",
      total: JOBS,
      done: 1,
      canary: { ended_badly: 1, verdict: "badly" },
    });
    expect(await requeued(system, ids)).toEqual({ total: 1, most: 1 });
    const standing = "select count(*)::int as n from jobs where id = any ($1) and status = $2";
    expect(await system.rows(standing, [ids, JOB_STATUS.quarantined.code])).toEqual([{ n: JOBS }]);
  },
  LIMIT_MS,
);

/** Jobs that stand in quarantine for the same cause. */
async function cluster(system: System): Promise<string[]> {
  await system.put(refused);
  const ids = await Promise.all(Array.from({ length: JOBS }, (_, n) => system.startJob("refused", { n, times: 9 })));
  for (const id of ids) await system.untilJob(id, "quarantined");
  return ids;
}

async function select(system: System): Promise<Answer["body"]> {
  const { body } = await system.api("GET", "/api/v1/quarantine/clusters?blueprint=refused");
  expect(body).toMatchObject([{ code: "PERMANENT_ERROR", state: "send", count: JOBS }]);
  const filter = { fingerprint: body[0].fingerprint };
  return (await system.api("POST", "/api/v1/bulk/selections", { filter })).body;
}

async function requeue(system: System, selection_id: string, initial_data: object): Promise<string> {
  const order = { selection_id, action: "requeue", patch: { initial_data }, canary: 1 };
  const { status, body } = await system.api("POST", "/api/v1/bulk", order);
  expect([status, body]).toEqual([201, { job_id: expect.any(String) }]);
  return body.job_id;
}

async function report(system: System, bulk: string): Promise<Answer["body"]> {
  return (await system.api("GET", `/api/v1/bulk/${bulk}`)).body;
}

/** How often jobs left the quarantine, in all and for one job at most. */
async function requeued(system: System, ids: string[]): Promise<{ total: number; most: number }> {
  const [row] = await system.rows(
    `select coalesce(sum(n), 0)::int as total, coalesce(max(n), 0)::int as most from (
       select count(*) as n from events where job_id = any ($1) and kind = $2 group by job_id) t`,
    [ids, EVENT_KIND.job_requeued],
  );
  return row;
}
