import { afterAll, beforeAll, expect, test } from "vitest";
import { type ApiHost, hostApi } from "@/test/http/api-host";

const HEADERS = { origin: "http://localhost", "sec-fetch-site": "same-origin" };
const account = { name: "Ana", email: "Ana@Example.com", password: "correct horse battery" };

let api: ApiHost;
beforeAll(async () => {
  api = await hostApi({
    environment: { BATUTA_ADMIN_EMAIL: "", BATUTA_ADMIN_PASSWORD: "", BATUTA_SETUP_TOKEN: "setup-token-0123456789" },
  });
});
afterAll(() => api?.stop());

test("the first account needs the code of the log, is made once, and is an admin's", async () => {
  expect((await api.call("GET", "/api/v1/session", undefined, { token: null })).body).toMatchObject({
    operator: null,
    setup_required: true,
    local: false,
  });
  const set = (body: object) => api.call("POST", "/api/v1/setup", body, { token: null, headers: HEADERS });
  expect((await set({ ...account, setup_token: "wrong" })).status).toBe(403);
  const weak = await set({ ...account, password: "short", setup_token: "setup-token-0123456789" });
  expect([weak.status, weak.body.details[0].path]).toEqual([400, "password"]);
  const both = await Promise.all([1, 2].map(() => set({ ...account, setup_token: "setup-token-0123456789" })));
  expect(both.map((answer) => answer.status).sort()).toEqual([201, 409]);
  const made = both.find((answer) => answer.status === 201);
  expect(made?.body.operator).toMatchObject({ name: "Ana", email: "ana@example.com", role: "admin" });
  expect((await set({ ...account, email: "b@example.com", setup_token: "setup-token-0123456789" })).status).toBe(409);
  const cookie = made?.headers
    .getSetCookie()
    .map((each) => each.split(";")[0])
    .join("; ");
  expect((await api.call("GET", "/api/v1/jobs", undefined, { cookie })).status).toBe(200);
});

test("there is no local sign-in here", async () => {
  expect(
    (await api.call("POST", "/api/v1/session/local", { token: "x" }, { token: null, headers: HEADERS })).status,
  ).toBe(404);
});
