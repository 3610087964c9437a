import { afterAll, beforeAll, expect, test } from "vitest";
import { ADMIN, type ApiHost, hostApi } from "@/test/http/api-host";

const LINK = "one-time-link-of-the-tests-0123456789";
const SAME_SITE = { origin: "http://localhost", "sec-fetch-site": "same-origin" };

let api: ApiHost;
beforeAll(async () => {
  api = await hostApi({ environment: { BATUTA_LOCAL: "1", BATUTA_SIGN_IN_TOKEN: LINK } });
});
afterAll(() => api?.stop());

test("a session by password: HttpOnly, SameSite=Lax, hashed at rest, over after signing out", async () => {
  const answer = await api.call("POST", "/api/auth/sign-in/email", ADMIN, { token: null, headers: SAME_SITE });
  expect(answer.status, JSON.stringify(answer.body)).toBe(200);
  expect(answer.body).not.toHaveProperty("token");
  const [cookie] = answer.headers.getSetCookie().filter((each) => each.includes("session_token"));
  expect(cookie).toMatch(/HttpOnly/i);
  expect(cookie).toMatch(/SameSite=Lax/i);
  const token = decodeURIComponent(cookie?.split(";")[0]?.split("=")[1] ?? "").split(".")[0] ?? "";
  const { rows } = await api.deps.database.pool.query("select token from operator_sessions");
  expect(rows.every((row) => /^[0-9a-f]{64}$/.test(row.token) && row.token !== token)).toBe(true);
  const session = await api.call("GET", "/api/v1/session", undefined, { cookie: cookie?.split(";")[0] });
  expect(session.body.operator).toMatchObject({ email: ADMIN.email, role: "admin" });
  expect(session.body).toMatchObject({ setup_required: false, local: true });
  expect((await api.call("POST", "/api/auth/sign-out", {}, { cookie: cookie?.split(";")[0] })).status).toBe(200);
  const after = await api.call("GET", "/api/v1/session", undefined, { cookie: cookie?.split(";")[0] });
  expect(after.body.operator).toBeNull();
});

test("the link of a local start works once, and a second process start does not renew it", async () => {
  const first = await api.call("POST", "/api/v1/session/local", { token: LINK }, { token: null, headers: SAME_SITE });
  expect(first.status, JSON.stringify(first.body)).toBe(200);
  expect(first.body.operator).toMatchObject({ email: ADMIN.email, role: "admin" });
  const cookie = first.headers
    .getSetCookie()
    .map((each) => each.split(";")[0])
    .join("; ");
  expect((await api.call("GET", "/api/v1/overview", undefined, { cookie })).status).toBe(200);
  const { offerLocalSignIn } = await import("@/server/operators/local-sign-in");
  await offerLocalSignIn(api.deps.database, LINK);
  const second = await api.call("POST", "/api/v1/session/local", { token: LINK }, { token: null, headers: SAME_SITE });
  expect([second.status, second.body.code]).toEqual([401, "wrong_credentials"]);
});

test("a link older than ten minutes is refused", async () => {
  const { offerLocalSignIn } = await import("@/server/operators/local-sign-in");
  await offerLocalSignIn(api.deps.database, "another-link-0123456789");
  await api.deps.database.pool.query(
    "update sign_in_links set first_seen_at = now() - interval '11 minutes' where used_at is null",
  );
  const late = await api.call(
    "POST",
    "/api/v1/session/local",
    { token: "another-link-0123456789" },
    { token: null, headers: SAME_SITE },
  );
  expect(late.status).toBe(401);
});

test("what other sites send with a session's cookie is refused, and changes nothing", async () => {
  const cookie = await api.signIn();
  await api.put({
    name: "still",
    states: {
      wait: { type: "task", start: true, task_type: "nobody_does_it", transitions: { success: "done" } },
      done: { type: "end", outcome: "success" },
    },
  });
  const id = await api.start("still");
  const path = `/api/v1/jobs/${id}/cancel`;
  for (const headers of [
    { "sec-fetch-site": "cross-site", origin: "https://evil.example" },
    { "sec-fetch-site": "same-site", origin: "http://localhost" },
    { "sec-fetch-site": "same-origin", origin: "https://evil.example" },
    { "sec-fetch-site": "same-origin", origin: "null" },
  ]) {
    const refused = await api.call("POST", path, {}, { cookie, headers });
    expect([refused.status, refused.body.code], JSON.stringify(headers)).toEqual([403, "cross_site"]);
  }
  const bare = await api.deps.fetch(new Request(`http://localhost${path}`, { method: "POST", headers: { cookie } }));
  expect(bare.status).toBe(403);
  expect((await api.call("GET", `/api/v1/jobs/${id}`)).body.status).toBe("waiting_for_worker");
  expect((await api.call("POST", path, {}, { cookie })).status).toBe(200);
});

test("after five attempts in a minute an account is closed for a while, known or not, with the same answer", async () => {
  for (const email of ["nobody@example.com", "ben@example.com"]) {
    if (email.startsWith("ben"))
      await api.deps.operators.create({ name: "Ben", email, password: "a password of ben", role: "viewer" });
    const answers = [];
    for (let n = 0; n < 7; n++)
      answers.push(
        await api.call(
          "POST",
          "/api/auth/sign-in/email",
          { email, password: "wrong" },
          { token: null, headers: SAME_SITE },
        ),
      );
    expect(answers.map((each) => each.status)).toEqual([401, 401, 401, 401, 401, 429, 429]);
    expect(answers[0]?.body).toMatchObject({ error: "Invalid email or password", code: "wrong_credentials" });
    expect(answers[5]?.headers.get("retry-after")).toBe("60");
  }
});

test("roles: a viewer reads and changes nothing", async () => {
  await api.deps.operators.create({
    name: "Vera",
    email: "vera@example.com",
    password: "a password of vera",
    role: "viewer",
  });
  const cookie = await api.signIn({ email: "vera@example.com", password: "a password of vera" });
  expect((await api.call("GET", "/api/v1/jobs", undefined, { cookie })).status).toBe(200);
  const id = await api.start("still");
  const refused = await api.call("POST", `/api/v1/jobs/${id}/cancel`, {}, { cookie });
  expect([refused.status, refused.body.code, refused.body.error]).toEqual([
    403,
    "forbidden",
    "The role viewer does not allow jobs:cancel",
  ]);
  expect((await api.call("PUT", "/api/v1/blueprints/mine", {}, { cookie })).status).toBe(403);
});

test("nothing else of the sign-in library can be reached", async () => {
  for (const path of [
    "/api/auth/sign-up/email",
    "/api/auth/sign-in-as",
    "/api/auth/list-sessions",
    "/api/auth/admin/set-role",
  ]) {
    const answer = await api.call(
      "POST",
      path,
      { operatorId: "x", email: "x@example.com", password: "a long password", name: "X" },
      { token: null, headers: SAME_SITE },
    );
    expect([path, answer.status, answer.body.code]).toEqual([path, 404, "not_found"]);
  }
});

test("no secret stands in the log", () => {
  const log = api.logged.join("\n");
  for (const secret of [ADMIN.password, "a password of vera", LINK]) expect(log).not.toContain(secret);
  expect(log).not.toMatch(/session_token=/);
});
