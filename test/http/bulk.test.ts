import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { defineBlueprint, end, handlersFor } from "@/server/engine/blueprint/define";
import { type ApiHost, type Call, type CallOptions, hostApi } from "@/test/http/api-host";

const { handler } = handlersFor<{
  input: { order: number; address: string; city?: string };
  dataStores: Record<never, never>;
}>();

/** Every order without a street in its address stands in quarantine, for the same cause. */
const parcels = defineBlueprint({
  name: "parcels",
  states: {
    label: handler({ to: ["sent"], retry: { maxAttempts: 1 } }, ({ actions, initialData: { order, address } }) => {
      if (!address.includes("Street")) throw new Error(`Order ${order}: the address '${address}' has no street`);
      return actions.transitionTo("sent");
    }),
    sent: end({ outcome: "success" }),
  },
});

let api: ApiHost;
let operator: CallOptions;
beforeAll(async () => {
  api = await hostApi({ blueprints: [parcels] });
  operator = { cookie: await api.signIn() };
});
afterAll(() => api?.stop());

async function quarantined(count: number, options: CallOptions = {}): Promise<string[]> {
  const ids = await Promise.all(
    Array.from({ length: count }, (_, order) => api.start("parcels", { order, address: `${order} nowhere` }, options)),
  );
  for (const id of ids) await api.until(id, "quarantined");
  return ids;
}

async function post(path: string, body: unknown, options: CallOptions = operator): Promise<Call["body"]> {
  const answer = await api.call("POST", `/api/v1${path}`, body, options);
  expect([answer.status, answer.body]).toEqual([201, answer.body]);
  return answer.body;
}

const reportOf = async (jobId: string, query = "") =>
  (await api.call("GET", `/api/v1/bulk/${jobId}${query}`, undefined, operator)).body;

/** Waits for the bulk job, which is the operators' and not the client's. */
async function untilBulk(jobId: string, ...wanted: string[]): Promise<Call["body"]> {
  let last: Call["body"];
  for (const end = Date.now() + 60_000; Date.now() < end; await sleep(50)) {
    last = (await api.call("GET", `/api/v1/jobs/${jobId}`, undefined, operator)).body;
    if (wanted.includes(last.status)) return last;
  }
  throw new Error(`the bulk job is ${JSON.stringify(last)}, not ${wanted.join(" or ")}`);
}

const statuses = async (ids: string[]) =>
  (
    await api.deps.database.pool.query(
      "select status, count(*)::int as n from jobs where id = any ($1) group by status order by status",
      [ids],
    )
  ).rows.map((row) => [row.status, row.n]);

const onlyCluster = async () => {
  const { body } = await api.call("GET", "/api/v1/quarantine/clusters?blueprint=parcels", undefined, operator);
  expect(body).toHaveLength(1);
  return body[0];
};

const FIXED = { initial_data: { address: "Elm Street 1" } };

test("a cluster of 100 is requeued, one canary first, then the rest", async () => {
  const ids = await quarantined(100);
  const cluster = await onlyCluster();
  expect(cluster).toMatchObject({
    blueprint: "parcels",
    state: "label",
    code: "HANDLER_ERROR",
    count: 100,
    message: "The handler of <value> failed: Order <n>: the address <value> has no street",
  });
  expect(cluster.sample_job_ids).toHaveLength(5);
  const selection = await post("/bulk/selections", { filter: { fingerprint: cluster.fingerprint } });
  expect(selection).toMatchObject({ count: 100, sample: expect.arrayContaining([expect.anything()]) });
  const later = await quarantined(1);
  const { job_id } = await post("/bulk", {
    selection_id: selection.selection_id,
    action: "requeue",
    patch: FIXED,
    reason: "The street was missing",
    canary: 1,
  });
  const bulk = await untilBulk(job_id, "finished", "failed", "quarantined");
  expect(bulk.result).toEqual({ action: "requeue", total: 100, ok: 100, skipped: 0, failed: 0 });
  for (const id of ids) await api.until(id, "finished");
  const report = await reportOf(job_id);
  expect(report).toMatchObject({
    status: "finished",
    action: "requeue",
    phase: "done",
    total: 100,
    done: 100,
    ok: 100,
    skipped: 0,
    failed: 0,
    canary: { wanted: 1, done: 1, ended_well: 1, ended_badly: 0, under_way: 0, verdict: "well" },
    next: null,
  });
  expect(new Set(report.items.map((item: { job_id: string }) => item.job_id))).toEqual(new Set(ids));
  expect(report.items.filter((item: { canary: boolean }) => item.canary)).toHaveLength(1);
  // The selection was frozen before this one.
  expect(await statuses(later)).toEqual([[9, 1]]);

  const history = (await api.call("GET", `/api/v1/jobs/${ids[0]}/history`)).body;
  const requeued = history.find((event: { event_type: string }) => event.event_type === "job_requeued");
  expect(requeued.data).toMatchObject({
    by: { kind: "operator", bulk: job_id },
    reason: "The street was missing",
    input: { order: 0, address: "Elm Street 1" },
  });
  const { rows: audit } = await api.deps.database.pool.query(
    "select action, count(*)::int as n from audit where (data ->> 'bulk' = $1 and target_kind = 'job') or target_id = $1 group by action order by action",
    [job_id],
  );
  expect(audit).toEqual([
    { action: "bulk.requeue", n: 1 },
    { action: "job.requeue", n: 100 },
  ]);
});

test("when the canary fails again, the other 99 stay untouched", async () => {
  await api.deps.database.pool.query("delete from jobs where status = 9");
  const ids = await quarantined(100);
  const { fingerprint } = await onlyCluster();
  const { selection_id } = await post("/bulk/selections", { filter: { fingerprint } });
  const patch = { initial_data: { address: "still nowhere" } };
  const { job_id } = await post("/bulk", { selection_id, action: "requeue", patch, canary: 1 });
  await untilBulk(job_id, "failed");
  const report = await reportOf(job_id);
  expect(report).toMatchObject({
    phase: "stopped",
    total: 100,
    done: 1,
    ok: 1,
    canary: { ended_badly: 1, verdict: "badly" },
    message: "The canaries ended badly (0 of 1 succeeded); the rest was left as it is.",
  });
  expect(await statuses(ids)).toEqual([[9, 100]]);
  const { rows } = await api.deps.database.pool.query(
    "select count(*)::int as n from jobs j where j.id = any ($1) and exists (select 1 from events e where e.job_id = j.id and e.kind = 30)",
    [ids],
  );
  expect(rows[0].n).toBe(1);
});

test("with `ask`, a person decides after the canary", async () => {
  for (const [decision, status] of [
    ["rejected", "failed"],
    ["approved", "finished"],
  ] as const) {
    const ids = await quarantined(4);
    const { selection_id } = await post("/bulk/selections", { ids });
    const order = { selection_id, action: "requeue", patch: FIXED, canary: 1, continue: "ask" };
    const { job_id } = await post("/bulk", order);
    const asking = await untilBulk(job_id, "waiting_for_human");
    expect((await reportOf(job_id)).phase).toBe("asking");
    const approval = await api.call("GET", `/api/v1/approvals/${asking.approval_id}`, undefined, operator);
    expect(approval.body.message).toBe("The canaries ended well: 1 of 1 succeeded. Requeue the other 3?");
    const decided = await api.call("POST", `/api/v1/approvals/${asking.approval_id}/decide`, { decision }, operator);
    expect(decided.status).toBeLessThan(300);
    await untilBulk(job_id, status);
    for (const id of decision === "approved" ? ids : []) await api.until(id, "finished");
    expect(await statuses(ids)).toEqual(
      decision === "approved"
        ? [[20, 4]]
        : [
            [9, 3],
            [20, 1],
          ],
    );
  }
});
