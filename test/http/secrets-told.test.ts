import { createHash } from "node:crypto";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type ApiHost, hostApi, WORKER_TOKEN } from "@/test/http/api-host";

/** Whatever is told only to be used must be found nowhere afterwards: not in the log, in answers, or in the database. */
let api: ApiHost;
let url: string;

const hashOf = (text: string) => createHash("sha256").update(text).digest("hex");

beforeAll(async () => {
  api = await hostApi();
  await api.put({
    name: "told",
    states: {
      work: {
        type: "task",
        start: true,
        task_type: "hear",
        retry: { max_attempts: 1 },
        transitions: { success: "done" },
      },
      done: { type: "end", outcome: "success" },
    },
  });
  url = await api.listen();
});
afterAll(() => api?.stop());

async function worker(method: string, path: string, body?: unknown, token = WORKER_TOKEN) {
  const answer = await fetch(`${url}${path}`, {
    method,
    redirect: "manual",
    headers: { "x-worker-token": token, "x-worker-id": "ear" },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await answer.text();
  return { status: answer.status, headers: answer.headers, body: text.startsWith("{") ? JSON.parse(text) : text };
}

/** All rows of all our tables, as text. */
async function stored(): Promise<string> {
  const { pool } = api.deps.database;
  const tables = await pool.query<{ name: string }>(
    "select format('%I.%I', schemaname, tablename) as name from pg_tables where schemaname not in ('pg_catalog', 'information_schema')",
  );
  const texts: string[] = [];
  for (const { name } of tables.rows) {
    const { rows } = await pool.query<{ text: string }>(`select t::text as text from ${name} t`);
    texts.push(...rows.map((row) => row.text));
  }
  return texts.join("\n");
}

test("tokens, signatures and links are in no log, no answer and no row", async () => {
  const secrets: Record<string, string> = { wrong: "canary-of-a-wrong-token-0123456789" };
  const created = await api.call("POST", "/api/v1/clients", { name: "canary-client", params: { shown: "to-admins" } });
  secrets.client = created.body.token;
  const made = await api.call("POST", "/api/v1/worker-tokens", { name: "canary-token", worker: "ear-2" });
  secrets.worker = made.body.token;
  const pair = (await worker("POST", "/_worker/auth/token")).body;
  const next = (await worker("POST", "/_worker/auth/token/refresh", { refresh_token: pair.refresh_token })).body;
  Object.assign(secrets, { access: pair.access_token, refresh: pair.refresh_token, next: next.refresh_token });
  await worker("POST", "/_worker/auth/token/refresh", { refresh_token: secrets.wrong });
  await worker("POST", "/_worker/workers/register", { worker_id: "ear" }, secrets.wrong);

  await worker(
    "POST",
    "/_worker/workers/register",
    { worker_id: "ear", supported_skills: ["hear"] },
    next.access_token,
  );
  const job = await api.start("told");
  const { body: task } = await worker("GET", "/_worker/workers/ear/tasks/next?timeout=10");
  expect(task.job_id).toBe(job);
  await api.call("PUT", `/api/v1/jobs/${job}/files/content/a.html`, "<script>alert(1)</script>");
  const link = await api.call("GET", `/api/v1/jobs/${job}/files/download/a.html`);
  secrets.link = new URL(link.headers.get("location") ?? "", url).searchParams.get("signature") ?? "";
  const signature = `${"5ec3e7".repeat(10)}0000`;
  secrets.signature = signature;
  const told = { worker_id: "ear", task_id: task.task_id, status: "failure", error: { message: "no" } };
  const refused = await worker("POST", "/_worker/tasks/result", { ...told, security: { signature } });
  expect(refused.status).toBe(401);
  await worker("POST", "/_worker/tasks/result", told);

  const shown: string[] = [];
  for (const path of [`jobs/${job}`, `jobs/${job}/history`, "jobs", "workers", "clients", "worker-tokens", "dashboard"])
    shown.push(JSON.stringify((await api.call("GET", `/api/v1/${path}`)).body));
  const rows = await stored();
  expect(rows).toContain(hashOf(secrets.client as string));
  for (const [what, secret] of Object.entries(secrets)) {
    expect([what, secret.length > 20]).toEqual([what, true]);
    for (const [where, text] of Object.entries({ log: api.logged.join("\n"), answers: shown.join("\n"), rows }))
      expect([what, where, text.includes(secret)]).toEqual([what, where, false]);
  }
});

test("a page that was uploaded is saved by browsers and never shown, whoever follows its link", async () => {
  const job = await api.start("told");
  const path = `/api/v1/jobs/${job}/files/content/${encodeURIComponent("a';x=\"1.html")}`;
  expect((await api.call("PUT", path, "<script>")).status).toBe(400);
  for (const name of ["page.html", "drawing.svg"]) {
    await api.call("PUT", `/api/v1/jobs/${job}/files/content/${name}`, "<svg><script>alert(1)</script></svg>", {
      headers: { "content-type": "text/html" },
    });
    const { headers } = await api.call("GET", `/api/v1/jobs/${job}/files/download/${name}`);
    const answer = await api.call("GET", headers.get("location") ?? "", undefined, { token: null });
    expect(answer.status).toBe(200);
    expect(Object.fromEntries(answer.headers)).toMatchObject({
      "content-type": "application/octet-stream",
      "content-disposition": expect.stringMatching(/^attachment; filename=/),
      "x-content-type-options": "nosniff",
      "content-security-policy": "default-src 'none'; frame-ancestors 'none'; sandbox",
      "cross-origin-resource-policy": "same-origin",
    });
  }
});
