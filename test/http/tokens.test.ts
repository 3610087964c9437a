import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { clientDirectory } from "@/server/clients/client-directory";
import { reloadTokenFiles } from "@/server/clients/reload-token-files";
import { choice, defineBlueprint, end, set } from "@/server/engine/blueprint/define";
import { createNoticeBus } from "@/server/queue/notice-bus";
import { createRedisNoticeLines } from "@/server/queue/redis-live-bus";
import { openDatabase } from "@/server/store/database";
import { syncFileClients } from "@/server/store/token-files";
import { type ApiHost, hostApi } from "@/test/http/api-host";

let api: ApiHost;
let folder: string;
const ACME = "acme-secret-of-the-file-1";
const BETA = "beta-secret-of-the-file-2";
const CHOSEN = "a-token-that-somebody-chose";

const file = (name: string, text: string) => writeFileSync(join(folder, name), text);
const clientsFile = (text: string) => file("clients.toml", text);
const reload = (what: "clients" | "workers") => api.call("POST", `/api/v1/admin/reload-${what}`);
const statusFor = async (token: string) => (await api.call("GET", "/api/v1/jobs", undefined, { token })).status;
const startAs = (token: string, headers: Record<string, string> = {}, body: object = { initial_data: {} }) =>
  api.call("POST", "/api/v1/jobs/brief", body, { token, headers });
const query = async (text: string, values: unknown[] = []) => (await api.deps.database.pool.query(text, values)).rows;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "batuta-token-files-"));
  clientsFile(`[acme]\ntoken = "${ACME}"\nplan = "gold"\nparams = { seats = 3 }\nregion = "eu"\n`);
  file("workers.toml", '[gpu-1]\ntoken = "secret-of-gpu-1-in-the-file"\n');
  const brief = defineBlueprint({
    name: "brief",
    apiEndpoint: "/jobs/brief",
    inputSchema: { type: "object", properties: { n: { type: "integer" } } },
    states: {
      route: choice({ start: true, cases: [{ when: "client.plan == 'gold'", to: "golden" }], default: "plain" }),
      golden: set({ values: { region: "${client.config.region}" }, to: "plain" }),
      plain: end({ outcome: "success" }),
    },
  });
  api = await hostApi({
    blueprints: [brief],
    environment: {
      CLIENTS_CONFIG_PATH: join(folder, "clients.toml"),
      WORKERS_CONFIG_PATH: join(folder, "workers.toml"),
    },
  });
});
afterAll(async () => {
  await api?.stop();
  rmSync(folder, { recursive: true, force: true });
});

test("a client of the file starts jobs, which know its plan and what else the file says", async () => {
  const { body } = await startAs(ACME);
  const { body: history } = await api.call("GET", `/api/v1/jobs/${body.job_id}/history`, undefined, { token: ACME });
  expect(JSON.stringify(history)).toContain('"region":"eu"');
  expect(JSON.stringify(history)).not.toContain("seats");
  expect(JSON.stringify(await query("select * from clients where name = 'acme'"))).not.toContain(ACME);
});

test("a reload adds, changes and revokes at once; a broken file changes nothing", async () => {
  clientsFile(`[acme]\ntoken = "${BETA}"\n[beta]\ntoken = "${ACME}"\n`);
  expect((await reload("clients")).body).toEqual({ status: "client_configs_reloaded" });
  const names = await query("select name from clients where source = 'file' and disabled_at is null order by 1");
  expect(names).toEqual([{ name: "acme" }, { name: "beta" }]);
  expect([await statusFor(ACME), await statusFor(BETA)]).toEqual([200, 200]);
  clientsFile(`[beta]\ntoken = "${ACME}"\n[other]\ntoken = "short"\n`);
  const refused = await reload("clients");
  expect([refused.status, refused.body.code]).toEqual([400, "invalid_request"]);
  expect(refused.body.details).toEqual([
    { message: expect.stringMatching(/clients\.toml:4: \[other\] token must have/) },
  ]);
  expect(await statusFor(BETA)).toBe(200);
  clientsFile(`[beta]\ntoken = "${ACME}"\n`);
  await reload("clients");
  expect([await statusFor(ACME), await statusFor(BETA)]).toEqual([200, 401]);
  expect(await query("select data from audit where action = 'client.reload' order by id desc limit 1")).toEqual([
    { data: { added: 0, changed: 0, disabled: 1 } },
  ]);
});

test("a signal reads the files again; what is wrong with them is logged without a secret, and changes nothing", async () => {
  clientsFile(`[beta]\ntoken = "${ACME}"\nplan = 7\n`);
  const before = api.logged.length;
  await reloadTokenFiles(api.deps, api.deps.log);
  const logged = api.logged.slice(before).join("\n");
  expect(logged).toMatch(/clients\.toml:3: \[beta\] plan must be a text/);
  expect(logged).toMatch(/a file was read again.*workers\.toml/);
  expect(logged).not.toContain(ACME);
  expect(await statusFor(ACME)).toBe(200);
  clientsFile(`[beta]\ntoken = "${ACME}"\n`);
});

test("what is revoked in one process is refused by the others long before they would ask again", async () => {
  const notices = createNoticeBus(
    createRedisNoticeLines({ url: api.config.redisUrl ?? "", prefix: api.config.redisPrefix }),
  );
  const other = clientDirectory(api.deps.database, notices);
  const { client, token } = (await api.call("POST", "/api/v1/clients", { name: "brief-visit" })).body;
  const path = `/api/v1/clients/${client.id}`;
  const known = async () => (await other.byToken(token)) !== null;
  // Until its subscription stands, the other process hears nothing: each round tells it anew.
  for (const disabled of [true, false, true]) {
    const tell = () => api.call("PATCH", path, { disabled }).then(known);
    await expect.poll(tell, { timeout: 4_000, interval: 100 }).toBe(!disabled);
  }
  await notices.close();
});

test("workers.toml is reloaded in the words of the reference, by admins alone", async () => {
  file("workers.toml", '["pattern:gpu-*"]\ntoken = "secret-of-gpu-1-in-the-file"\nskills = ["render"]\n');
  expect(await reload("workers")).toMatchObject({ status: 200, body: { status: "worker_configs_reloaded" } });
  expect(
    await query(
      "select name, worker, skills, disabled_at is null as on from worker_tokens where source = 'file' order by id",
    ),
  ).toEqual([
    { name: "gpu-1", worker: "gpu-1", skills: null, on: false },
    { name: "pattern:gpu-*", worker: "gpu-*", skills: ["render"], on: true },
  ]);
  expect((await api.call("POST", "/api/v1/admin/reload-workers", undefined, { token: ACME })).status).toBe(403);
});

test("a name or a token that somebody else has is a fault, and many processes may load at once", async () => {
  await api.call("POST", "/api/v1/clients", { name: "mine", token: CHOSEN });
  clientsFile(`[mine]\ntoken = "another-token-of-its-own"\n[theirs]\ntoken = "${CHOSEN}"\n`);
  const { status, body } = await reload("clients");
  expect(status).toBe(400);
  expect(body.error).toMatch(/\[mine\] the name is taken by 'mine', which was made through the API/);
  clientsFile(`[beta]\ntoken = "${ACME}"\n`);
  const database = openDatabase(api.config.databaseUrl, { max: 4, name: "test" });
  const rows = [{ name: "beta", tokenHash: Buffer.from("x"), values: { scopes: ["jobs"] } }];
  const done = await Promise.all(Array.from({ length: 4 }, () => syncFileClients(database, rows)));
  expect(done.filter((one) => one.taken === null && one.changed === 1)).toHaveLength(1);
  await database.close();
  await reload("clients");
});

test("the API makes, changes, rotates, disables and deletes a client, and tells its token once", async () => {
  const made = await api.call("POST", "/api/v1/clients", {
    name: "shop",
    plan: "basic",
    scopes: ["jobs", "blueprints"],
  });
  expect(made.status).toBe(201);
  const { client, token } = made.body;
  expect(token).toMatch(/^batuta_c_[A-Za-z0-9_-]{43}$/);
  expect(client).toMatchObject({
    name: "shop",
    source: "api",
    plan: "basic",
    monthly_attempts: null,
    disabled_at: null,
  });
  expect(await statusFor(token)).toBe(200);
  const path = `/api/v1/clients/${client.id}`;
  expect((await api.call("PATCH", path, { plan: null, disabled: true })).body).toMatchObject({
    plan: null,
    scopes: ["jobs", "blueprints"],
    disabled_at: expect.any(String),
  });
  expect(await statusFor(token)).toBe(401);
  await api.call("PATCH", path, { disabled: false });
  const rotated = (await api.call("POST", `${path}/rotate`)).body.token;
  expect([await statusFor(token), await statusFor(rotated)]).toEqual([401, 200]);
  expect((await api.call("POST", `${path}/rotate`, { token: CHOSEN })).status).toBe(409);
  expect((await api.call("DELETE", path)).body.error).toMatch(/Disable the client 'shop'/);
  await startAs(rotated);
  await api.call("PATCH", path, { disabled: true });
  expect((await api.call("DELETE", path)).body.error).toMatch(/Jobs, blueprints or reports belong to it/);
  const fresh = (await api.call("POST", "/api/v1/clients", { name: "brief" })).body.client;
  await api.call("PATCH", `/api/v1/clients/${fresh.id}`, { disabled: true });
  expect((await api.call("DELETE", `/api/v1/clients/${fresh.id}`)).body).toEqual({ status: "deleted" });
  expect((await api.call("DELETE", `/api/v1/clients/${fresh.id}`)).status).toBe(404);
  const seen = JSON.stringify([
    api.logged,
    (await api.call("GET", "/api/v1/clients")).body,
    await query("select * from audit"),
  ]);
  for (const secret of [token, rotated, CHOSEN, ACME]) expect(seen).not.toContain(secret);
});

test.each([
  ["a short token", { name: "a", token: "short" }, "token"],
  ["an example", { name: "a", token: "secure-orchestrator-token" }, "token"],
  ["a reserved name", { name: "environment" }, "name"],
  ["a control character", { name: "a\u0007" }, "name"],
  ["an unknown scope", { name: "a", scopes: ["all"] }, "scopes[0]"],
  ["a negative quota", { name: "a", monthly_attempts: -1 }, "monthly_attempts"],
  ["too many params", { name: "a", params: { big: "x".repeat(17_000) } }, "params"],
  ["an unknown key", { name: "a", secret: true }, "secret"],
])("%s is refused", async (_what, body, path) => {
  const answer = await api.call("POST", "/api/v1/clients", body);
  expect([answer.status, answer.body.details[0].path]).toEqual([400, path]);
});

test("what comes from a file or the environment is read only, and says why", async () => {
  const { body: clients } = await api.call("GET", "/api/v1/clients");
  const id = (name: string) => clients.find((one: { name: string }) => one.name === name).id;
  const ofFile = await api.call("PATCH", `/api/v1/clients/${id("beta")}`, { plan: "free" });
  expect([ofFile.status, ofFile.body.error]).toEqual([
    409,
    expect.stringContaining("clients.toml (CLIENTS_CONFIG_PATH)"),
  ]);
  const ofEnvironment = await api.call("POST", `/api/v1/clients/${id("environment")}/rotate`);
  expect([ofEnvironment.status, ofEnvironment.body.error]).toEqual([409, expect.stringContaining("CLIENT_TOKEN")]);
  expect(clients.map((one: { name: string }) => one.name)).not.toContain("operators");
});

test("worker tokens are managed alike", async () => {
  const made = await api.call("POST", "/api/v1/worker-tokens", {
    name: "renderers",
    worker: "render-*",
    skills: ["render"],
  });
  expect([made.status, made.body.token]).toEqual([201, expect.stringMatching(/^batuta_w_/)]);
  const path = `/api/v1/worker-tokens/${made.body.worker_token.id}`;
  expect((await api.call("PATCH", path, { skills: null, disabled: true })).body).toMatchObject({
    worker: "render-*",
    skills: null,
    disabled_at: expect.any(String),
  });
  expect((await api.call("POST", `${path}/rotate`)).body.token).not.toBe(made.body.token);
  expect((await api.call("DELETE", path)).body).toEqual({ status: "deleted" });
  const { body: rows } = await api.call("GET", "/api/v1/worker-tokens");
  const global = rows.find((one: { source: string }) => one.source === "environment");
  expect((await api.call("DELETE", `/api/v1/worker-tokens/${global.id}`)).status).toBe(409);
});

test("a quota counts what was made: not what was refused, repeated, forked or retried; the next one is 429", async () => {
  const { client, token } = (await api.call("POST", "/api/v1/clients", { name: "capped", monthly_attempts: 3 })).body;
  const used = async () =>
    (await query("select used from client_usage where client_id = $1", [client.id]))[0]?.used ?? 0;
  const first = await startAs(token, { "idempotency-key": "one" });
  expect([first.status, first.headers.get("x-quota-limit"), first.headers.get("x-quota-remaining")]).toEqual([
    202,
    "3",
    "2",
  ]);
  const reset = new Date(Number(first.headers.get("x-quota-reset")) * 1000);
  expect([reset.getUTCDate(), reset.getUTCHours(), reset.getTime() > Date.now()]).toEqual([1, 0, true]);
  expect((await startAs(token, { "idempotency-key": "one" })).body.job_id).toBe(first.body.job_id);
  expect((await startAs(token, { "idempotency-key": "one" }, { initial_data: { n: 1 } })).status).toBe(422);
  expect((await startAs(token, {}, { initial_data: { n: "no number" } })).status).toBe(400);
  expect((await startAs(token, {}, [])).status).toBe(400);
  const fork = await api.call("POST", `/api/v1/jobs/${first.body.job_id}/fork`, { state: "plain" }, { token });
  expect([fork.status < 300, await used()]).toEqual([true, 1]);
  const many = await Promise.all(Array.from({ length: 8 }, () => startAs(token)));
  expect(many.map((one) => one.status).toSorted()).toEqual([202, 202, 429, 429, 429, 429, 429, 429]);
  const over = many.find((one) => one.status === 429);
  expect(over?.body).toMatchObject({ error: "Quota exceeded or not configured", code: "quota_exceeded" });
  expect(Number(over?.headers.get("retry-after"))).toBeGreaterThan(0);
  expect(over?.headers.get("x-quota-remaining")).toBe("0");
  expect(await used()).toBe(3);
  const again = await startAs(token, { "idempotency-key": "one" });
  expect([again.status, again.headers.get("idempotency-replayed")]).toEqual([202, "true"]);
  expect((await api.call("GET", "/api/v1/jobs", undefined, { token })).status).toBe(200);
  await query("update client_usage set month = month - interval '1 month' where client_id = $1", [client.id]);
  expect((await startAs(token)).headers.get("x-quota-remaining")).toBe("2");
  expect((await api.call("GET", "/api/v1/clients")).body).toContainEqual(
    expect.objectContaining({ name: "capped", monthly_attempts: 3, used_this_month: 1 }),
  );
});

test("a quota of none refuses all; without a quota nothing is counted or said", async () => {
  const none = (await api.call("POST", "/api/v1/clients", { name: "none", monthly_attempts: 0 })).body.token;
  expect((await startAs(none)).status).toBe(429);
  const answer = await startAs(ACME);
  expect([answer.status, answer.headers.get("x-quota-limit")]).toEqual([202, null]);
});
