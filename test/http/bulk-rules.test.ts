import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { bulkReport, selectionAnswer } from "@/lib/api/bulk";
import { quarantineCluster } from "@/lib/api/quarantine";
import { runItems } from "@/server/bulk/run-items";
import { defineBlueprint, end, handlersFor } from "@/server/engine/blueprint/define";
import { createSelection } from "@/server/store/selections";
import { type ApiHost, type Call, type CallOptions, hostApi } from "@/test/http/api-host";

const { handler } = handlersFor<{ input: { part?: string }; dataStores: Record<never, never> }>();

/** Without a part it stands in quarantine; with one it asks a person. */
const repair = defineBlueprint({
  name: "repair",
  inputSchema: { type: "object", properties: { part: { type: "string" } } },
  states: {
    look: handler({ to: ["agree"], retry: { maxAttempts: 1 } }, ({ actions, initialData }) => {
      if (!initialData.part) throw new Error("no part is named");
      return actions.transitionTo("agree");
    }),
    agree: handler({ to: ["done"] }, ({ actions }) =>
      actions.awaitHumanApproval({ message: "Good?", transitions: { approved: "done" } }),
    ),
    done: end({ outcome: "success" }),
  },
});

let api: ApiHost;
let operator: CallOptions;
let other: CallOptions;
beforeAll(async () => {
  api = await hostApi({ blueprints: [repair] });
  operator = { cookie: await api.signIn() };
  other = { token: await api.client("other") };
});
afterAll(() => api?.stop());

const OWN: CallOptions = {};

function post(path: string, body: unknown, options: CallOptions = OWN): Promise<Call> {
  return api.call("POST", `/api/v1${path}`, body, options);
}

async function select(body: unknown, options: CallOptions = OWN): Promise<Call["body"]> {
  const answer = await post("/bulk/selections", body, options);
  expect([answer.status, selectionAnswer.safeParse(answer.body).error]).toEqual([201, undefined]);
  return answer.body;
}

async function start(order: object, options: CallOptions = OWN): Promise<string> {
  const answer = await post("/bulk", order, options);
  expect([answer.status, answer.body]).toEqual([201, { job_id: expect.any(String) }]);
  return answer.body.job_id;
}

async function report(jobId: string, query = "", options: CallOptions = OWN): Promise<Call["body"]> {
  const { status, body } = await api.call("GET", `/api/v1/bulk/${jobId}${query}`, undefined, options);
  expect([status, bulkReport.safeParse(body).error]).toEqual([200, undefined]);
  return body;
}

async function untilPhase(jobId: string, phase: string): Promise<void> {
  for (const end = Date.now() + 60_000; Date.now() < end; await sleep(20))
    if ((await report(jobId)).phase === phase) return;
  throw new Error(`the bulk job does not get to ${phase}: ${JSON.stringify(await report(jobId))}`);
}

async function jobs(count: number, input: object, status: string, options: CallOptions = OWN): Promise<string[]> {
  const ids = await Promise.all(Array.from({ length: count }, () => api.start("repair", input, options)));
  for (const id of options === OWN ? ids : []) await api.until(id, status);
  return ids;
}

const kindCount = async (ids: string[], kind: number) =>
  (
    await api.deps.database.pool.query("select count(*)::int as n from events where job_id = any ($1) and kind = $2", [
      ids,
      kind,
    ])
  ).rows[0].n;

test("a selection holds the caller's own jobs only, by ids and by filter, and the newest first", async () => {
  const mine = await jobs(3, {}, "quarantined");
  const theirs = await jobs(2, {}, "quarantined", other);
  expect(await select({ ids: [...mine, ...theirs, randomUUID()] })).toMatchObject({ count: 3 });
  expect(await select({ ids: [...mine, ...theirs] }, operator)).toMatchObject({ count: 5 });
  expect(await select({ ids: mine }, other)).toMatchObject({ count: 0, sample: [] });
  const filtered = await select({ filter: { status: "quarantined,finished", blueprint: "repair" } });
  expect(filtered.sample.map((row: { job_id: string }) => row.job_id)).toEqual(mine.toSorted().toReversed());
  expect(await select({ filter: { status: ["quarantined"], blueprint: "absent" } })).toMatchObject({ count: 0 });
  const lifeMs = Date.parse(filtered.expires_at) - Date.now();
  expect(lifeMs).toBeGreaterThan(3_500_000);
  expect(lifeMs).toBeLessThan(3_700_000);
});

test.each<[string, object]>([
  ["filter", {}],
  ["filter", { filter: {}, ids: [randomUUID()] }],
  ["ids", { ids: [] }],
  ["ids[0]", { ids: ["x"] }],
  ["filter.status", { filter: { status: "sleeping" } }],
  ["filter.colour", { filter: { colour: "red" } }],
  ["filter.fingerprint", { filter: { fingerprint: "x" } }],
])("a selection that is asked for wrongly is refused with the field named: %s", async (path, body) => {
  const { status, body: answer } = await post("/bulk/selections", body);
  expect([status, answer.details.map((detail: { path: string }) => detail.path)]).toEqual([400, [path]]);
});

test("what is asked of a selection is checked before anything begins", async () => {
  const { selection_id } = await select({ ids: await jobs(1, {}, "quarantined") });
  const refusals: [number, object][] = [
    [400, { selection_id, action: "explode" }],
    [400, { selection_id, action: "set_priority" }],
    [400, { selection_id, action: "cancel", priority: 1 }],
    [400, { selection_id, action: "cancel", patch: {} }],
    [400, { selection_id, action: "requeue", patch: { state: {} } }],
    [400, { selection_id, action: "cancel", canary: -1 }],
    [404, { selection_id: randomUUID(), action: "cancel" }],
  ];
  for (const [status, order] of refusals) expect([order, (await post("/bulk", order)).status]).toEqual([order, status]);
  expect((await post("/bulk", { selection_id, action: "cancel" }, other)).status).toBe(404);
  expect((await post("/bulk", { selection_id, action: "cancel" }, operator)).status).toBe(404);
  const empty = await select({ filter: { blueprint: "absent" } });
  expect((await post("/bulk", { selection_id: empty.selection_id, action: "cancel" })).status).toBe(400);
  await api.deps.database.pool.query("update selections set expires_at = now() where id = $1", [selection_id]);
  expect((await post("/bulk", { selection_id, action: "cancel" })).body.error).toMatch(/expired/);
});

test("the same request gives the same bulk job; another one on the same selection is refused", async () => {
  const ids = await jobs(2, {}, "quarantined");
  const { selection_id } = await select({ ids });
  const order = { selection_id, action: "give_up", reason: "too old" };
  const first = await start(order);
  expect(await start(order)).toBe(first);
  expect((await post("/bulk", { ...order, action: "cancel" })).status).toBe(409);
  await api.until(first, "finished");
  for (const id of ids) expect((await api.until(id, "failed")).error_message).toMatch(/^Given up by .*: too old/);
});

test("the bulk blueprint is not to be started with somebody else's selection", async () => {
  const ids = await jobs(1, {}, "quarantined");
  const { selection_id } = await select({ ids });
  const order = { selection_id, action: "cancel", canary: 0, continue: "auto" };
  const asClient = await post("/jobs/bulk_operation", { initial_data: order });
  expect(asClient.status).toBe(404);
  const asOperator = await post("/jobs/bulk_operation", { initial_data: order }, operator);
  expect(asOperator.status).toBe(202);
  const { job_id } = asOperator.body;
  for (const end = Date.now() + 60_000; ; await sleep(20)) {
    const { body } = await api.call("GET", `/api/v1/jobs/${job_id}`, undefined, operator);
    if (body.status === "failed") {
      expect(body.result.message).toMatch(/somebody else's/);
      break;
    }
    expect(Date.now()).toBeLessThan(end);
  }
  expect(await kindCount(ids, 19)).toBe(0);
  // And it did not use it up.
  await api.until(await start(order), "finished");
  await api.until(ids[0] as string, "cancelled");
});

test("jobs that are not in a state for it are passed over, jobs that the patch breaks fail, each with its reason", async () => {
  const stuck = await jobs(2, {}, "quarantined");
  const fine = await jobs(1, { part: "bolt" }, "waiting_for_human");
  const { selection_id } = await select({ ids: [...stuck, ...fine] });
  const patch = { initial_data: { part: 7 } };
  const bulk = await start({ selection_id, action: "requeue", patch });
  await api.until(bulk, "finished");
  expect(await report(bulk)).toMatchObject({ total: 3, done: 3, ok: 0, skipped: 1, failed: 2, canary: null });
  const [skipped] = (await report(bulk, "?outcome=skipped")).items;
  expect(skipped).toMatchObject({ job_id: fine[0], reason: "The job is not in quarantine" });
  const pages = [await report(bulk, "?outcome=failed&limit=1")];
  pages.push(await report(bulk, `?outcome=failed&limit=1&cursor=${pages[0].next}`));
  expect(pages.map((page) => page.items[0].job_id).toSorted()).toEqual(stuck.toSorted());
  expect(pages[1].next).toBeNull();
  expect(pages[0].items[0].reason).toMatch(/part/);
});

test("pausing the bulk job holds it, resuming lets it go on, cancelling leaves the rest as it is", async () => {
  const ids = await jobs(4, {}, "quarantined");
  const patch = { initial_data: { part: "bolt" } };
  const { selection_id } = await select({ ids });
  const bulk = await start({ selection_id, action: "requeue", patch, canary: 1 });
  // The canary waits for a person, and so does the bulk job.
  await untilPhase(bulk, "watching");
  expect((await post(`/jobs/${bulk}/pause`, {})).status).toBe(200);
  const [canary] = (await report(bulk)).canary.job_ids;
  const { approval_id } = await api.until(canary, "waiting_for_human");
  await post(`/approvals/${approval_id}/decide`, { decision: "approved" }, operator);
  await api.until(canary, "finished");
  await sleep(1_500);
  expect(await report(bulk)).toMatchObject({ status: "paused", done: 1 });
  expect((await post(`/jobs/${bulk}/resume`, {})).status).toBe(200);
  await api.until(bulk, "finished");
  expect(await kindCount(ids, 30)).toBe(4);
  expect((await api.call("GET", `/api/v1/jobs/${bulk}/graph`)).status).toBe(200);

  const more = await jobs(3, {}, "quarantined");
  const order = { selection_id: (await select({ ids: more })).selection_id, action: "requeue", patch, canary: 1 };
  const second = await start(order);
  await untilPhase(second, "watching");
  expect((await post(`/jobs/${second}/cancel`, {})).status).toBe(200);
  await sleep(1_500);
  expect(await report(second)).toMatchObject({ status: "cancelled", phase: "stopped", done: 1 });
  expect(await kindCount(more, 30)).toBe(1);
});

test("canaries that are passed over are replaced; with nobody to change it ends with nothing done", async () => {
  const gone = await jobs(3, { part: "bolt" }, "waiting_for_human");
  const stuck = await jobs(1, {}, "quarantined");
  const patch = { initial_data: { part: "bolt" } };
  const order = { action: "requeue", patch, canary: 2 };
  const none = await start({ ...order, selection_id: (await select({ ids: gone })).selection_id });
  await api.until(none, "finished");
  expect(await report(none)).toMatchObject({
    ok: 0,
    skipped: 3,
    canary: { done: 0, verdict: "undecided", job_ids: [] },
  });
  const ids = [...gone, ...stuck];
  const one = await start({ ...order, selection_id: (await select({ ids })).selection_id, continue: "ask" });
  await api.until(stuck[0] as string, "waiting_for_human");
  // There is nobody left to ask about.
  await api.until(one, "finished");
  expect(await report(one)).toMatchObject({ ok: 1, skipped: 3, canary: { done: 1, under_way: 1, job_ids: stuck } });
});

test("hundreds of jobs are done chunk by chunk", async () => {
  const blueprint = await api.deps.catalogue.head("repair");
  const starter = { kind: "client", id: "2" } as const;
  const client = (await api.deps.database.pool.query("select client_id from jobs order by id limit 1")).rows[0];
  const started = await api.deps.engine.startJobs(
    Array.from({ length: 600 }, () => ({
      blueprintId: blueprint?.id ?? 0,
      clientId: client.client_id,
      starter,
      input: { part: "bolt", lot: "600" },
    })),
  );
  const ids = started.map((job) => job.jobId);
  const { selection_id, count } = await select({ ids });
  expect(count).toBe(600);
  const bulk = await start({ selection_id, action: "cancel", reason: "the lot is recalled" });
  await api.until(bulk, "finished");
  expect(await report(bulk)).toMatchObject({ total: 600, ok: 600 });
  expect(await kindCount(ids, 19)).toBe(600);
  const { rows } = await api.deps.database.pool.query(
    "select count(*)::int as n from events where job_id = $1 and kind = 2 and data ->> 'state' = 'work'",
    [bulk],
  );
  expect(rows[0].n).toBe(3);
});

test("a chunk that crashed before it was recorded is recorded by the next run, and nothing is done twice", async () => {
  const ids = await jobs(3, {}, "quarantined");
  const { database, engine } = api.deps;
  const owner = { kind: "client", id: "2", name: "tests" } as const;
  const selectionId = randomUUID();
  await createSelection(database, { id: selectionId, owner, filter: { clientId: null, ids }, limit: 9, ttlMs: 60_000 });
  const run = {
    bulkJobId: randomUUID(),
    selectionId,
    asker: owner,
    order: { selection_id: selectionId, action: "retry", canary: 0, continue: "auto" } as const,
    limit: 9,
    canary: false,
    signal: new AbortController().signal,
  };
  // The third apply is where the process dies; what was done before is in the jobs, and nowhere else.
  let left = 2;
  const dying = {
    apply: async (signal: Parameters<typeof engine.apply>[0]) => {
      if (left-- > 0) return engine.apply(signal);
      throw new Error("the process is gone");
    },
  };
  const gone = { ...database, pool: { ...database.pool, query: forgetful(database.pool) } as never };
  await expect(runItems({ engine: dying, database: gone }, run)).rejects.toThrow(/gone/);
  for (const id of ids) await api.until(id, "quarantined");
  expect(await kindCount(ids, 23)).toBe(2);
  expect(await runItems({ engine, database }, run)).toBe(3);
  expect(await kindCount(ids, 23)).toBe(3);
  const { rows } = await database.pool.query("select ok, skipped, failed from selections where id = $1", [selectionId]);
  expect(rows[0]).toEqual({ ok: 3, skipped: 0, failed: 0 });
  expect(await runItems({ engine, database }, run)).toBe(0);
});

/** A database that loses what is recorded of items, as a process does that dies before it. */
function forgetful(pool: ApiHost["deps"]["database"]["pool"]) {
  return async (text: string, values?: unknown[]) => {
    if (text.includes("update selections set")) throw new Error("the process is gone");
    return pool.query(text, values);
  };
}

test("clusters are those of the caller's jobs, and their jobs come page by page", async () => {
  await api.deps.database.pool.query("delete from jobs where status = 9");
  const mine = await jobs(3, {}, "quarantined");
  const theirs = await jobs(2, {}, "quarantined", other);
  for (const id of theirs)
    for (const end = Date.now() + 60_000; Date.now() < end; await sleep(20))
      if ((await api.call("GET", `/api/v1/jobs/${id}`, undefined, other)).body.status === "quarantined") break;
  const clusters = async (options: CallOptions, query = "") => {
    const { body } = await api.call("GET", `/api/v1/quarantine/clusters${query}`, undefined, options);
    for (const cluster of body) expect(quarantineCluster.safeParse(cluster).error).toBeUndefined();
    return body;
  };
  const [all] = await clusters(operator);
  expect(all).toMatchObject({ blueprint: "repair", state: "look", code: "HANDLER_ERROR", count: 5 });
  expect(Date.parse(all.first_at)).toBeLessThanOrEqual(Date.parse(all.last_at));
  expect(await clusters(OWN)).toMatchObject([{ fingerprint: all.fingerprint, count: 3 }]);
  expect(await clusters(operator, "?blueprint=absent")).toEqual([]);
  const path = `/api/v1/quarantine/clusters/${all.fingerprint}/jobs`;
  const first = await api.call("GET", `${path}?limit=2`);
  const second = await api.call("GET", `${path}?limit=2&cursor=${first.headers.get("x-next-cursor")}`);
  expect(second.headers.get("x-next-cursor")).toBeNull();
  expect([...first.body, ...second.body].map((row) => row.job_id)).toEqual(mine.toSorted().toReversed());
  expect((await api.call("GET", `/api/v1/quarantine/clusters/${randomUUID()}/jobs`)).body).toEqual([]);
  expect((await api.call("GET", "/api/v1/quarantine/clusters/x/jobs")).status).toBe(404);
});
