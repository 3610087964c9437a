import { afterAll, beforeAll, expect, test } from "vitest";
import { CLIENT_SCOPES, type ClientScope, permissionsOfScopes, ROLES, roleMay } from "@/lib/roles";
import { fullPath } from "@/server/http/openapi";
import { OPERATIONS } from "@/server/http/operations";
import { type ApiHost, type CallOptions, hostApi, WORKER_TOKEN } from "@/test/http/api-host";

let api: ApiHost;
const callers: [name: string, options: CallOptions, may: (permission: never) => boolean][] = [];

beforeAll(async () => {
  api = await hostApi();
  for (const role of ROLES) {
    const account = { name: role, email: `${role}@example.com`, password: `a password of ${role}` };
    await api.deps.operators.create({ ...account, role });
    callers.push([role, { cookie: await api.signIn(account) }, (permission) => roleMay(role, permission)]);
  }
  const scopes: ClientScope[][] = [...CLIENT_SCOPES.map((scope) => [scope]), [], [...CLIENT_SCOPES]];
  for (const given of scopes) {
    const token = await api.client(`scopes-${given.join("-") || "none"}`, given);
    callers.push([
      `client (${given.join(", ")})`,
      { token },
      (permission) => permissionsOfScopes(given).has(permission),
    ]);
  }
});
afterAll(() => api?.stop());

const ABSENT = "019a2b3c-4d5e-7f60-8a7b-9c0d1e2f3a4b";

/** Asks for something that does not exist, so that whoever may ask gets anything but 401 and 403. */
function ask(operation: (typeof OPERATIONS)[number], options: CallOptions) {
  const path = fullPath(operation.path)
    .replace("{approval_id}", `${ABSENT}.1`)
    .replace("{name}", "absent")
    .replace("{version}", "1")
    .replace(/\{\w+\}/g, ABSENT);
  // Nobody reads the stream of all jobs here.
  const unread = operation.id === "live" ? `?jobs=${ABSENT}` : "";
  return api.call(operation.method, `${path}${unread}`, operation.method === "GET" ? undefined : {}, options);
}

test.each(
  OPERATIONS.filter((operation) => operation.access !== "open").map((operation) => [operation.id, operation] as const),
)("%s is open to exactly those whom the table names", async (_id, operation) => {
  expect((await ask(operation, { token: null })).body.code).toBe("missing_token");
  expect((await ask(operation, { token: "a wrong one" })).body.code).toBe("invalid_token");
  for (const [name, options, may] of callers) {
    const { status, body } = await ask(operation, options);
    const allowed = may(operation.access as never);
    expect([name, operation.id, status !== 403 && status !== 401]).toEqual([name, operation.id, allowed]);
    if (!allowed) expect(body.code).toBe("forbidden");
  }
});

test("nothing that changes anything is asked for by GET", () => {
  const writing = OPERATIONS.filter((operation) =>
    /:(start|cancel|retry|operate|signal|decide|write)$/.test(operation.access),
  );
  expect(writing.length).toBeGreaterThan(4);
  const asked = writing.filter((operation) => operation.method === "GET").map((operation) => operation.id);
  // It only hands out the link that the file is then put to.
  expect(asked).toEqual(["getUploadLink"]);
});

test("a worker's token is good for the operations that say so, and for no other", async () => {
  const options = { token: null, headers: { "x-worker-token": WORKER_TOKEN, "x-worker-id": "in-between" } };
  for (const operation of OPERATIONS.filter(({ access }) => access !== "open")) {
    const { status, body } = await ask(operation, options);
    expect([operation.id, status === 401 ? body.code : "heard"]).toEqual([
      operation.id,
      operation.orWorker ? "heard" : "missing_token",
    ]);
    if (operation.orWorker) expect([operation.id, status >= 400 && status < 500]).toEqual([operation.id, true]);
  }
  expect(OPERATIONS.filter(({ orWorker }) => orWorker).map(({ id }) => id)).toEqual([
    "listJobFiles",
    "getUploadLink",
    "putJobFile",
    "getJobFile",
    "downloadJobFile",
  ]);
});
