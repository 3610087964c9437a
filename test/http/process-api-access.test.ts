import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { premiumSubscription } from "@/server/blueprints/premium-subscription";
import { type ApiHost, type CallOptions, CLIENT_TOKEN, hostApi } from "@/test/http/api-host";

const ORDER = { process_type: "premium_subscription", user_id: "user_123" };
const PRIVATE = {
  name: "private_process",
  input_schema: { type: "object", properties: { user_id: { type: "string" } } },
  states: {
    ask: { type: "approval", start: true, message: "Well?", transitions: { approved: "done", rejected: "done" } },
    done: { type: "end", outcome: "success" },
  },
};

function caller(api: () => ApiHost) {
  return {
    start: (options: CallOptions, body: object = ORDER) => api().call("POST", "/api/process/", body, options),
    status: (id: string, options: CallOptions) => api().call("GET", `/process/${id}/status`, undefined, options),
  };
}

describe("with tokens", () => {
  let api: ApiHost;
  const { start, status } = caller(() => api);
  beforeAll(async () => {
    api = await hostApi({ blueprints: [premiumSubscription] });
  });
  afterAll(() => api?.stop());

  test("nobody in particular is refused on both, and so is a wrong token", async () => {
    const { process_id: id } = (await start({})).body;
    for (const [token, code] of [
      [null, "missing_token"],
      ["a wrong one", "invalid_token"],
    ] as const) {
      const refused = await start({ token });
      expect([refused.status, refused.body.code]).toEqual([401, code]);
      const unseen = await status(id, { token });
      expect([unseen.status, unseen.body.code]).toEqual([401, code]);
    }
  });

  test("a token without the scope is refused; a viewer may look and not start", async () => {
    const { process_id: id } = (await start({})).body;
    const token = await api.client("designer", ["blueprints"]);
    expect((await start({ token })).status).toBe(403);
    expect((await status(id, { token })).status).toBe(403);
    const account = { name: "Vera", email: "vera@example.com", password: "a password of vera" };
    await api.deps.operators.create({ ...account, role: "viewer" });
    const cookie = await api.signIn(account);
    expect((await start({ cookie })).status).toBe(403);
    expect((await status(id, { cookie })).status).toBe(200);
  });

  test("another client's process is not found, an operator sees it", async () => {
    const mine = await api.client("mine");
    const other = await api.client("other");
    const { process_id: id } = (await start({ token: mine })).body;
    expect((await status(id, { token: mine })).status).toBe(200);
    const unseen = await status(id, { token: other });
    expect([unseen.status, unseen.body]).toEqual([404, { error: "Process not found", code: "not_found" }]);
    expect((await status(id, { cookie: await api.signIn() })).status).toBe(200);
  });

  test("the same key of two clients is two processes", async () => {
    const headers = { "idempotency-key": "the-same" };
    const [a, b] = await Promise.all(
      ["key-a", "key-b"].map(async (name) => start({ token: await api.client(name), headers })),
    );
    expect([a?.status, b?.status]).toEqual([201, 201]);
    expect(a?.body.process_id).not.toBe(b?.body.process_id);
  });

  test("a type that belongs to another client is no type, and is not named", async () => {
    const token = await api.client("keeper", ["jobs", "blueprints"]);
    const kept = await api.call("PUT", "/api/v1/blueprints/private_process", PRIVATE, { token });
    expect(kept.status).toBeLessThan(300);
    expect((await start({ token }, { ...ORDER, process_type: "private_process" })).status).toBe(201);
    const other = await api.client("stranger");
    const refused = await start({ token: other }, { ...ORDER, process_type: "private_process" });
    expect(refused.status).toBe(400);
    expect(refused.body.error).toBe(
      "process_type: 'private_process' is no process type; there are: premium_subscription",
    );
  });

  test("a process counts in the monthly quota of its client", async () => {
    const token = await api.client("counted");
    await api.deps.database.pool.query("update clients set monthly_attempts = 1 where name = 'counted'");
    api.deps.clients.forget();
    const first = await start({ token });
    expect([first.status, first.headers.get("x-quota-remaining")]).toEqual([201, "0"]);
    expect((await start({ token })).status).toBe(429);
    expect((await status(first.body.process_id, { token })).status).toBe(200);
  });

  test("it is in the document under a tag of its own, with the original's paths", async () => {
    const { body } = await api.call("GET", "/api/v1/openapi.json");
    expect(body.paths["/api/process/"].post).toMatchObject({ tags: ["Processes"], operationId: "startProcess" });
    expect(body.paths["/process/{process_id}/status"].get).toMatchObject({ tags: ["Processes"] });
    expect(body.paths["/api/process/"].post.requestBody.content["application/json"].example).toEqual(ORDER);
    const shown = body.paths["/process/{process_id}/status"].get.responses[200].content["application/json"].example;
    expect(shown.tasks.map((task: { status: string }) => task.status)).toEqual(["success", "running", "pending"]);
  });
});

describe("with PROCESS_API_OPEN=true", () => {
  let api: ApiHost;
  const { start, status } = caller(() => api);
  beforeAll(async () => {
    api = await hostApi({
      blueprints: [premiumSubscription],
      environment: { PROCESS_API_OPEN: "true", RATE_LIMITING_ENABLED: "true", RATE_LIMIT_LIMIT: "40" },
    });
  });
  afterAll(() => api?.stop());

  test("who has no token is one client: it sees what was started without one, and nothing else", async () => {
    const { status: code, body } = await start({ token: null });
    expect(code).toBe(201);
    expect((await status(body.process_id, { token: null })).status).toBe(200);
    expect((await status(body.process_id, {})).status).toBe(404);
    const owned = (await start({})).body.process_id;
    expect((await status(owned, {})).status).toBe(200);
    expect((await status(owned, { token: null })).status).toBe(404);
    const cookie = await api.signIn();
    const listed = await api.call("GET", `/api/v1/jobs?q=${body.process_id}`, undefined, { cookie });
    expect(listed.body).toMatchObject([{ client_name: "process-api", blueprint_name: "premium_subscription" }]);
  });

  test("a wrong token is refused all the same, and no other door is open", async () => {
    expect((await start({ token: "a wrong one" })).body.code).toBe("invalid_token");
    for (const [method, path] of [
      ["GET", "/api/v1/jobs"],
      ["POST", "/api/v1/jobs/premium_subscription"],
      ["GET", "/api/v1/blueprints"],
    ] as const) {
      const refused = await api.call(method, path, method === "POST" ? {} : undefined, { token: null });
      expect([path, refused.body.code]).toEqual([path, "missing_token"]);
    }
  });

  test("its client has no token that anybody could use, and is read only", async () => {
    const cookie = await api.signIn();
    const clients = (await api.call("GET", "/api/v1/clients", undefined, { cookie })).body;
    const open = clients.find((client: { name: string }) => client.name === "process-api");
    expect(open).toMatchObject({ scopes: ["jobs"], source: "environment" });
    const refused = await api.call("DELETE", `/api/v1/clients/${open.id}`, undefined, { cookie });
    expect([refused.status, refused.body.error]).toEqual([409, expect.stringContaining("PROCESS_API_OPEN")]);
  });

  test("an address is held to the limit, another one and a token are not", async () => {
    const address = await api.listen();
    const id = `proc_${"0".repeat(32)}`;
    const codes: number[] = [];
    for (let n = 0; n < 45 && codes.at(-1) !== 429; n++)
      codes.push((await fetch(`${address}/process/${id}/status`)).status);
    expect([codes[0], codes.at(-1)]).toEqual([404, 429]);
    const refused = await fetch(`${address}/process/${id}/status`);
    expect([refused.status, refused.headers.get("retry-after")]).toEqual([429, expect.stringMatching(/^\d+$/)]);
    await refused.body?.cancel();
    const known = await fetch(`${address}/process/${id}/status`, { headers: { "x-client-token": CLIENT_TOKEN } });
    expect(known.status).toBe(404);
    await known.body?.cancel();
  });
});

test("a name that somebody has already stops the start, and says which", async () => {
  const api = await hostApi();
  try {
    await api.deps.database.pool.query(
      "insert into clients (name, token_hash, scopes, source) values ('process-api', '\\x01', '{jobs}', 'api')",
    );
    const { registerEnvironmentTokens } = await import("@/server/clients/register-environment-tokens");
    const tokens = { clientToken: null, globalWorkerToken: null, processApiOpen: true };
    await expect(registerEnvironmentTokens(api.deps.database, tokens)).rejects.toThrow(/process-api/);
  } finally {
    await api.stop();
  }
});
