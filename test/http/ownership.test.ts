import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, expect, test } from "vitest";
import { CLIENT_SCOPES } from "@/lib/roles";
import { defineBlueprint, end, handler } from "@/server/engine/blueprint/define";
import { fullPath } from "@/server/http/openapi";
import { OPERATIONS } from "@/server/http/operations";
import { type ApiHost, type CallOptions, hostApi } from "@/test/http/api-host";

/** In everything that the owner keeps: whoever reads it has seen too much. */
const CANARY = "canary-of-the-owner";
const OWNED = /\{(job_id|approval_id|report_id|fingerprint|name|version|filename)\}/;
const NOBODY = randomUUID();

interface Things {
  job_id: string;
  approval_id: string;
  report_id: string;
  fingerprint: string;
  name: string;
  bulk_id: string;
}

let api: ApiHost;
let owner: CallOptions;
let stranger: CallOptions;
let viewer: CallOptions;
let own: Things;
let selection: string;
let quarantined: string;

const absent: Things = {
  job_id: NOBODY,
  approval_id: `${NOBODY}.1`,
  report_id: NOBODY,
  fingerprint: NOBODY,
  name: "nobodys-plan",
  bulk_id: NOBODY,
};

/** What brings a request past the check of its body. */
const BODIES: Record<string, object> = {
  forkJob: { state: "ask" },
  completeStep: { outcome: "approved" },
  setJobPriority: { priority: 1 },
  decideApproval: { decision: "approved" },
  delegateApproval: { to: ["role:admin"] },
  sendSignal: { payload: {} },
};

/** Everybody's, but its job is the owner's. */
const spoilt = defineBlueprint({
  name: "spoilt",
  states: {
    look: handler({ to: ["done"], inline: true, retry: { maxAttempts: 1 } }, () => {
      throw new Error(CANARY);
    }),
    done: end({ outcome: "success" }),
  },
});

const PLAN = {
  name: `plan-${CANARY}`,
  api_endpoint: `/jobs/${CANARY}`,
  description: CANARY,
  states: {
    ask: {
      type: "approval",
      start: true,
      message: CANARY,
      approvers: ["client:owner"],
      transitions: { approved: "done", rejected: "done" },
    },
    done: { type: "end", outcome: "success" },
  },
};

beforeAll(async () => {
  api = await hostApi({ blueprints: [spoilt] });
  owner = { token: await api.client("owner", [...CLIENT_SCOPES]) };
  stranger = { token: await api.client("stranger", [...CLIENT_SCOPES]) };
  const account = { name: "viewer", email: "viewer@example.com", password: "a password of the viewer" };
  await api.deps.operators.create({ ...account, role: "viewer" });
  viewer = { cookie: await api.signIn(account) };
  await must("PUT", `/api/v1/blueprints/${PLAN.name}`, PLAN);
  const start = async (endpoint: string) =>
    (await must("POST", `/api/v1/jobs/${endpoint}`, { initial_data: { note: CANARY } })).body.job_id as string;
  const job = await start(CANARY);
  quarantined = await start("spoilt");
  const [cluster] = (await must("GET", "/api/v1/quarantine/clusters")).body;
  const report = randomUUID();
  const totals = { files: 1, pages: 1, characters: 1, chunks: 1, failed_chunks: 0, words: 1 };
  await api.deps.database.pool.query(
    `insert into reports (id, job_id, client_id, title, summary, decided_by)
     select $1, id, client_id, $3, $4, 'the owner' from jobs where id = $2`,
    [report, job, CANARY, JSON.stringify({ totals })],
  );
  const select = async (filter: object) =>
    (await must("POST", "/api/v1/bulk/selections", { filter })).body.selection_id as string;
  selection = await select({ blueprint: PLAN.name });
  const bulk = { selection_id: await select({ blueprint: "spoilt" }), action: "set_priority", priority: 1 };
  const { rows } = await api.deps.database.pool.query("select no from approvals where job_id = $1", [job]);
  own = {
    job_id: job,
    approval_id: `${job}.${rows[0].no}`,
    report_id: report,
    fingerprint: cluster.fingerprint,
    name: PLAN.name,
    bulk_id: (await must("POST", "/api/v1/bulk", bulk)).body.job_id,
  };
});
afterAll(() => api?.stop());

async function must(method: string, path: string, body?: unknown) {
  const answer = await api.call(method, path, body, owner);
  if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
  return answer;
}

type Operation = (typeof OPERATIONS)[number];

function ask(operation: Operation, things: Things, who: CallOptions) {
  const path = fullPath(operation.path)
    .replace("/signals/{name}", "/signals/go")
    .replace("{version}", "1")
    .replace("{filename}", "note.txt")
    .replace("/bulk/{job_id}", `/bulk/${things.bulk_id}`)
    .replace(/\{(\w+)\}/g, (_, name: keyof Things) => things[name]);
  const query = operation.id === "getUploadLink" ? "?filename=note.txt" : "";
  const body = operation.method === "GET" || operation.method === "DELETE" ? undefined : (BODIES[operation.id] ?? {});
  return api.call(operation.method, `${path}${query}`, body, who);
}

/** Everything that is stored of the owner's. */
async function stored(): Promise<string> {
  const { rows } = await api.deps.database.pool.query(
    `select json_agg(j order by id)::text || (select json_agg(e order by job_id, seq)::text from events e)
       || (select json_agg(a)::text from approvals a) || (select json_agg(b order by id)::text from blueprints b) as all
     from jobs j`,
  );
  return rows[0].all;
}

/** Its answer is a stream, or its name is not the caller's to hide: they are asked for below. */
const ELSEWHERE = new Set(["jobEventStream", "putBlueprint"]);
const owned = OPERATIONS.filter(({ path, access, id }) => OWNED.test(path) && access !== "open" && !ELSEWHERE.has(id));

test("what is another client's is what does not exist: the same 404, to the byte, and nothing changes", async () => {
  const bulkStatus = async () => (await must("GET", `/api/v1/jobs/${own.bulk_id}`)).body.status;
  await expect.poll(bulkStatus, { timeout: 60_000 }).toBe("finished");
  const before = await stored();
  const seen: unknown[] = [];
  for (const operation of owned) {
    const foreign = await ask(operation, own, stranger);
    const nothing = await ask(operation, absent, stranger);
    const same = JSON.stringify(foreign.body) === JSON.stringify(nothing.body);
    seen.push([operation.id, foreign.status, nothing.status, same]);
  }
  // A cluster is the jobs in it: without any it is an empty list.
  const status = (id: string) => (id === "listClusterJobs" ? 200 : 404);
  expect(seen).toEqual(owned.map(({ id }) => [id, status(id), status(id), true]));
  expect(owned.length).toBeGreaterThan(25);
  expect(await stored()).toBe(before);
});

test("a stream, a foreign plan's endpoint, its name and a foreign selection give nothing away either", async () => {
  const stream = async (job: string) => {
    const { status, body } = await api.call("GET", `/api/v1/jobs/${job}/events/stream`, undefined, stranger);
    return [status, JSON.stringify(body)];
  };
  expect(await stream(own.job_id)).toEqual(await stream(NOBODY));
  const start = async (name: string) => {
    const { status, body } = await api.call("POST", `/api/v1/jobs/${name}`, {}, stranger);
    return [status, JSON.stringify(body).replaceAll(name, "…")];
  };
  expect(await start(CANARY)).toEqual(await start("nobodys-plan"));
  expect((await api.call("PUT", `/api/v1/blueprints/${PLAN.name}`, PLAN, stranger)).status).toBe(403);
  const bulk = async (id: string) => {
    const { status, body } = await api.call("POST", "/api/v1/bulk", { selection_id: id, action: "cancel" }, stranger);
    return [status, body.code, body.error];
  };
  expect(await bulk(selection)).toEqual(await bulk(NOBODY));
  const chosen = await api.call("POST", "/api/v1/bulk/selections", { ids: [own.job_id, quarantined] }, stranger);
  expect(chosen.body).toMatchObject({ count: 0, sample: [] });
});

test("no list, count, search or catalogue of a stranger knows of it; the owner's and an operator's do", async () => {
  const lists = OPERATIONS.filter(
    ({ method, path, access, id }) =>
      method === "GET" && !path.includes("{") && access !== "open" && access !== "admin" && id !== "live",
  );
  const said = async (who: CallOptions) => {
    const paths = lists.flatMap(({ path }) => [fullPath(path), `${fullPath(path)}?q=${CANARY}`]);
    const answers = await Promise.all(paths.map((path) => api.call("GET", path, undefined, who)));
    return answers.map((answer) => JSON.stringify(answer.body)).join("\n");
  };
  const foreign = await said(stranger);
  for (const secret of [CANARY, own.job_id, quarantined, own.report_id, own.fingerprint])
    expect(foreign).not.toContain(secret);
  expect(lists.length).toBeGreaterThan(8);
  const overview = async (who: CallOptions) => (await api.call("GET", "/api/v1/overview", undefined, who)).body;
  expect(await overview(stranger)).toMatchObject({ quarantined: { count: 0 }, approvals_due: { open: 0, rows: [] } });
  for (const who of [owner, viewer]) {
    const text = await said(who);
    for (const known of [CANARY, own.job_id, quarantined, own.report_id]) expect(text).toContain(known);
    expect((await overview(who)).quarantined.count).toBe(1);
  }
});

test("the owner reaches each of them", async () => {
  const path = `/api/v1/jobs/${own.job_id}/files/content/note.txt`;
  await api.call("PUT", path, CANARY, { ...owner, headers: { "content-type": "text/plain" } });
  const ids = (operations: readonly Operation[]) => operations.map(({ id }) => id);
  const reading = owned.filter(({ method }) => method === "GET");
  const refused: unknown[] = [];
  for (const operation of reading) {
    const { status } = await ask(operation, own, owner);
    if (status >= 400) refused.push([operation.id, status]);
  }
  expect([refused, ids(reading).length > 10]).toEqual([[], true]);
  for (const operation of owned.filter(({ method }) => method !== "GET")) {
    const { status } = await ask(operation, own, owner);
    if (status === 404 || status === 403) refused.push([operation.id, status]);
  }
  expect(refused).toEqual([]);
});
