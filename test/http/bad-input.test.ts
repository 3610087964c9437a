import { connect } from "node:net";
import { Readable } from "node:stream";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type ApiHost, CLIENT_TOKEN, hostApi } from "@/test/http/api-host";

const open = {
  name: "open_input",
  states: {
    ask: {
      type: "approval",
      start: true,
      message: "Publish?",
      approvers: ["role:admin", "client:owner"],
      form: { type: "object", required: ["pages"], properties: { pages: { type: "integer" } } },
      transitions: { approved: "done", rejected: "failed" },
    },
    done: { type: "end", outcome: "success" },
    failed: { type: "end", outcome: "failure" },
  },
};

let api: ApiHost;
let origin: string;
beforeAll(async () => {
  api = await hostApi();
  origin = await api.listen();
  await api.put(open);
});
afterAll(() => api?.stop());

const count = async (table: string) =>
  (await api.deps.database.pool.query(`select count(*)::int as n from ${table}`)).rows[0].n as number;

/** What was refused must have left nothing behind. */
async function unchanged<T>(work: () => Promise<T>): Promise<T> {
  const before = [await count("jobs"), await count("blueprints"), await count("events")];
  const result = await work();
  expect([await count("jobs"), await count("blueprints"), await count("events")]).toEqual(before);
  return result;
}

/** A body without a length. */
function streamOf(chunks: AsyncIterable<Uint8Array>): ReadableStream {
  return Readable.toWeb(Readable.from(chunks)) as ReadableStream;
}

const task = (to: string) => ({ type: "task", task_type: "x", transitions: { success: to } });

test.each([
  [
    "an unknown state",
    { a: { ...task("nowhere"), start: true }, b: { type: "end", outcome: "success" } },
    /nowhere/,
    "a",
  ],
  ["a cycle without end", { a: { ...task("b"), start: true }, b: task("a") }, /end/i, undefined],
  [
    "a wrong type",
    {
      a: { type: "task", start: true, task_type: 7, transitions: { success: "b" } },
      b: { type: "end", outcome: "success" },
    },
    /task_type/,
    "a",
  ],
  [
    "a condition that does not parse",
    {
      a: { type: "choice", start: true, cases: [{ when: "initial_data.x ==", to: "b" }], default: "b" },
      b: { type: "end", outcome: "success" },
    },
    /when/,
    "a",
  ],
])("a blueprint with %s is refused with blueprint, state, key and fix", async (_what, states, telling, state) => {
  const answer = await unchanged(() => api.call("PUT", "/api/v1/blueprints/faulty", { name: "faulty", states }));
  expect([answer.status, answer.body.code]).toEqual([422, "invalid_blueprint"]);
  expect(JSON.stringify(answer.body.details)).toMatch(telling);
  for (const detail of answer.body.details) {
    expect(detail).toMatchObject({ blueprint: "faulty", message: expect.any(String), fix: expect.any(String) });
    expect(detail).toHaveProperty("key");
  }
  if (state) expect(answer.body.details.some((detail: { state: string }) => detail.state === state)).toBe(true);
});

test("a blueprint's faults are listed all at once", async () => {
  const states = {
    a: { ...task("nowhere"), start: true },
    b: task("neither"),
    c: { ...task("end"), typo: 1 },
    end: { type: "end", outcome: "success" },
  };
  const answer = await api.call("PUT", "/api/v1/blueprints/faulty", { name: "faulty", states });
  const text = JSON.stringify(answer.body.details);
  for (const part of ["nowhere", "neither", "typo"]) expect(text).toContain(part);
});

test("broken YAML is refused with line and column", async () => {
  const text = "name: broken\nstates:\n  a: {type: end, outcome: [success\n";
  const answer = await unchanged(() =>
    api.call("PUT", "/api/v1/blueprints/broken", text, { headers: { "content-type": "application/yaml" } }),
  );
  expect([answer.status, answer.body.code]).toEqual([400, "invalid_blueprint"]);
  expect(answer.body.details[0]).toMatchObject({
    blueprint: "broken",
    line: expect.any(Number),
    column: expect.any(Number),
    fix: expect.any(String),
  });
});

test("a body of 2 MB is refused before it is read to its end, with and without a length", async () => {
  const big = JSON.stringify({ initial_data: { text: "x".repeat(2 * 1024 * 1024) } });
  const headers = { "x-client-token": CLIENT_TOKEN, "content-type": "application/json" };
  const known = await unchanged(() =>
    fetch(`${origin}/api/v1/jobs/open_input`, { method: "POST", headers, body: big }),
  );
  expect([known.status, (await known.json()).code]).toEqual([413, "body_too_large"]);
  const chunks = async function* () {
    for (let at = 0; at < big.length; at += 65_536) yield new TextEncoder().encode(big.slice(at, at + 65_536));
  };
  const streamed = await unchanged(() =>
    fetch(`${origin}/api/v1/jobs/open_input`, {
      method: "POST",
      headers,
      body: streamOf(chunks()),
      duplex: "half",
    } as RequestInit),
  );
  expect([streamed.status, (await streamed.json()).code]).toEqual([413, "body_too_large"]);
  expect((await fetch(`${origin}/_public/status`)).status).toBe(200);
});

test("a body under the limit is taken", async () => {
  const answer = await api.call("POST", "/api/v1/jobs/open_input", { initial_data: { text: "x".repeat(1_000_000) } });
  expect(answer.status).toBe(202);
});

test.each([
  ["deep JSON", `{"initial_data":{"a":${"[".repeat(100)}${"]".repeat(100)}}}`, "invalid_request", /deep/],
  ["very deep JSON", `{"initial_data":${'{"a":'.repeat(100_000)}1${"}".repeat(100_000)}}`, "invalid_request", /deep/],
  [
    "__proto__",
    '{"initial_data":{"deep":{"__proto__":{"polluted":true}}}}',
    "invalid_request",
    /^initial_data\.deep\.__proto__: /,
  ],
  ["constructor", '{"initial_data":{"constructor":{"prototype":{}}}}', "invalid_request", /constructor/],
  ["NUL in a string", '{"initial_data":{"name":"a\\u0000b"}}', "invalid_request", /^initial_data\.name: .*NUL/],
  ["NUL in a key", '{"initial_data":{"a\\u0000b":1}}', "invalid_request", /NUL/],
  ["a lone surrogate", '{"initial_data":{"name":"\\ud800"}}', "invalid_request", /Unicode/],
  ["a number out of range", '{"initial_data":{"n":1e400}}', "invalid_request", /range/],
  ["no JSON", '{"initial_data":', "invalid_json", /^Invalid JSON body$/],
  ["an empty body", " ", "invalid_json", /^Invalid JSON body$/],
  ["a list", "[1,2]", "invalid_request", /object/],
  ["a wrong type", '{"initial_data":"text","webhook_url":"https://x.example"}', "invalid_request", /^initial_data: /],
  ["a webhook that is no URL", '{"initial_data":{},"webhook_url":"ftp://x"}', "invalid_request", /^webhook_url: /],
])("a job with %s is refused, naming the place", async (_what, body, code, telling) => {
  const answer = await unchanged(() => api.call("POST", "/api/v1/jobs/open_input", body));
  expect([answer.status, answer.body.code], JSON.stringify(answer.body)).toEqual([400, code]);
  expect(answer.body.error).toMatch(telling);
  expect(answer.body.details.length).toBeGreaterThan(0);
  expect(({} as Record<string, unknown>).polluted).toBeUndefined();
});

test("bytes that are no UTF-8, compressed bodies and other types are refused", async () => {
  const bytes = await api.call("POST", "/api/v1/jobs/open_input", new Uint8Array([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x7d]));
  expect([bytes.status, bytes.body.code]).toEqual([400, "invalid_json"]);
  const gzip = await api.call("POST", "/api/v1/jobs/open_input", "{}", { headers: { "content-encoding": "gzip" } });
  expect(gzip.status).toBe(415);
  const form = await api.call("POST", "/api/v1/jobs/open_input", "--x--", {
    headers: { "content-type": "multipart/form-data; boundary=x" },
  });
  expect([form.status, form.body.code]).toEqual([415, "unsupported_media_type"]);
});

test("a file whose content is not what its name says is refused, and not kept", async () => {
  const png = new Uint8Array([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, ...new Uint8Array(64)]);
  const answer = await api.call("POST", "/api/v1/files?filename=report.pdf", png, {
    headers: { "content-type": "application/pdf" },
  });
  expect([answer.status, answer.body.code]).toEqual([415, "unsupported_media_type"]);
  expect(answer.body.error).toMatch(/report\.pdf/);
  const kept = await api.call("POST", "/api/v1/files?filename=notes.txt", new TextEncoder().encode("hello"), {
    headers: { "content-type": "text/plain" },
  });
  expect([kept.status, kept.body]).toEqual([
    201,
    {
      file_id: expect.any(String),
      name: "notes.txt",
      size: 5,
      type: "text/plain",
      sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
    },
  ]);
});

test("a file in a form is kept byte by byte; a form that is cut off is refused", async () => {
  const content = Buffer.concat([
    Buffer.from("line\r\n--not the boundary\r\n"),
    Buffer.alloc(200_000, "y"),
    Buffer.from("\r\n"),
  ]);
  const form = new FormData();
  form.append("note", "before the file");
  form.append("file", new Blob([content], { type: "text/plain" }), 'a "b" c.txt');
  const sent = new Response(form);
  const body = new Uint8Array(await sent.arrayBuffer());
  const headers = { "content-type": sent.headers.get("content-type") ?? "" };
  const answer = await api.call("POST", "/api/v1/files", body, { headers });
  expect(answer.status, JSON.stringify(answer.body)).toBe(201);
  expect(answer.body).toMatchObject({ size: content.length, sha256: await sha256(content) });
  const cut = await api.call("POST", "/api/v1/files", body.slice(0, body.length - 2_000), { headers });
  expect([cut.status, cut.body.error]).toEqual([400, "The form is cut off before its end"]);
});

async function sha256(bytes: Buffer): Promise<string> {
  return Buffer.from(await crypto.subtle.digest("SHA-256", new Uint8Array(bytes))).toString("hex");
}

test("a file of more than 50 MiB is refused while it streams", async () => {
  const piece = new Uint8Array(1024 * 1024).fill(120);
  const chunks = async function* () {
    for (let n = 0; n < 52; n++) yield piece;
  };
  const answer = await fetch(`${origin}/api/v1/files?filename=big.txt`, {
    method: "POST",
    headers: { "x-client-token": CLIENT_TOKEN, "content-type": "text/plain" },
    body: streamOf(chunks()),
    duplex: "half",
  } as RequestInit);
  expect([answer.status, (await answer.json()).code]).toEqual([413, "body_too_large"]);
});

test("an approval decided twice at the same moment: one wins, the other sees who", async () => {
  const id = await api.start("open_input");
  const job = await api.until(id, "waiting_for_human");
  const cookie = await api.signIn();
  const path = `/api/v1/approvals/${job.approval_id}/decide`;
  const values = { pages: 3 };
  const [one, two] = await Promise.all([
    api.call("POST", path, { decision: "approved", values, comment: "good" }),
    api.call("POST", path, { decision: "rejected", values }, { cookie }),
  ]);
  expect([one.status, two.status].sort()).toEqual([200, 409]);
  const [winner, loser] = one.status === 200 ? [one, two] : [two, one];
  expect(winner.body).toMatchObject({ status: "decided", job_id: id });
  expect(loser.body).toMatchObject({
    code: "already_decided",
    details: [{ decided_by: one.status === 200 ? "environment" : "ana", decision: winner.body.decision }],
  });
  expect(loser.body.error).toContain(one.status === 200 ? "environment" : "ana");
  const history = (await api.call("GET", `/api/v1/jobs/${id}/history`)).body;
  expect(history.filter((event: { event_type: string }) => event.event_type === "approval_decided")).toHaveLength(1);
  const late = await api.call("POST", path, { decision: "approved", values });
  expect([late.status, late.body.code]).toEqual([409, "already_decided"]);
});

test("a decision that is none, and a form that is not filled in, are refused", async () => {
  const id = await api.start("open_input");
  const job = await api.until(id, "waiting_for_human");
  const path = `/api/v1/approvals/${job.approval_id}/decide`;
  const unknown = await api.call("POST", path, { decision: "maybe" });
  expect([unknown.status, unknown.body.error]).toEqual([400, "Invalid decision 'maybe' for this job"]);
  const empty = await api.call("POST", path, { decision: "approved", values: { pages: "three" } });
  expect([empty.status, empty.body.code, empty.body.details[0].path]).toEqual([422, "invalid_data", "values.pages"]);
  const missing = await api.call("POST", path, {});
  expect([missing.status, missing.body.error]).toEqual([400, "decision: decision is required in body"]);
  expect((await api.call("GET", `/api/v1/jobs/${id}`)).body.status).toBe("waiting_for_human");
});

test("a job of another client is not found, whatever is asked of it", async () => {
  const token = await api.client("stranger", ["jobs", "approvals", "blueprints"]);
  const id = await api.start("open_input");
  const { approval_id } = await api.until(id, "waiting_for_human");
  const absent = "019a2b3c-4d5e-7f60-8a7b-9c0d1e2f3a4b";
  const asks: [string, (job: string) => string, object?][] = [
    ["GET", (job) => `/api/v1/jobs/${job}`],
    ["GET", (job) => `/api/v1/jobs/${job}/history`],
    ["GET", (job) => `/api/v1/jobs/${job}/tasks`],
    ["GET", (job) => `/api/v1/jobs/${job}/graph`],
    ["GET", (job) => `/api/v1/jobs/${job}/events/stream`],
    ["POST", (job) => `/api/v1/jobs/${job}/cancel`],
    ["POST", (job) => `/api/v1/jobs/${job}/retry`],
    ["GET", (job) => `/api/v1/approvals/${job}.${approval_id.split(".")[1]}`],
    ["POST", (job) => `/api/v1/approvals/${job}.${approval_id.split(".")[1]}/decide`, { decision: "approved" }],
    ["POST", (job) => `/_public/webhooks/approval/${job}`, { decision: "approved" }],
  ];
  for (const [method, path, body] of asks) {
    const foreign = await api.call(method, path(id), body, { token });
    const none = await api.call(method, path(absent), body, { token });
    expect([path(id), foreign.status]).toEqual([path(id), 404]);
    expect(foreign.body).toEqual(none.body);
  }
  expect((await api.call("GET", "/api/v1/jobs", undefined, { token })).body).toEqual([]);
  expect((await api.call("GET", "/api/v1/approvals", undefined, { token })).body).toEqual([]);
  expect((await api.call("GET", "/api/v1/jobs/not-a-job")).status).toBe(404);
});

test("who asks without a token, with a wrong one or beyond its scopes is refused in one shape", async () => {
  const none = await api.call("GET", "/api/v1/jobs", undefined, { token: null });
  expect([none.status, none.body]).toEqual([401, { error: "Missing X-Client-Token header", code: "missing_token" }]);
  const wrong = await api.call("GET", "/api/v1/jobs", undefined, { token: "wrong" });
  expect([wrong.status, wrong.body]).toEqual([401, { error: "Unauthorized: Invalid token", code: "invalid_token" }]);
  const token = await api.client("only-jobs", ["jobs"]);
  const scope = await api.call("PUT", "/api/v1/blueprints/mine", {}, { token });
  expect([scope.status, scope.body.code]).toEqual([403, "forbidden"]);
  expect((await api.call("POST", "/api/v1/jobs/open_input", {}, { token })).status).toBe(404);
});

test("a blueprint belongs to who made it, and its endpoint shadows nobody's", async () => {
  const token = await api.client("maker", ["jobs", "blueprints"]);
  expect((await api.call("PUT", "/api/v1/blueprints/open_input", open, { token })).status).toBe(403);
  const states = { a: { type: "set", start: true, values: {}, to: "b" }, b: { type: "end", outcome: "success" } };
  const taken = await api.call("PUT", "/api/v1/blueprints/other", {
    name: "other",
    api_endpoint: "/jobs/open_input",
    states,
  });
  expect([taken.status, taken.body.details[0].key]).toEqual([409, "api_endpoint"]);
  expect(taken.body.error).toMatch(/other.*open_input/);
  const system = await api.call("PUT", "/api/v1/blueprints/other", { name: "other", api_endpoint: "/files", states });
  expect([system.status, system.body.details[0].key]).toEqual([expect.any(Number), "api_endpoint"]);
  expect(system.status).toBeGreaterThanOrEqual(400);
});

test("unknown paths, methods and parameters", async () => {
  expect((await api.call("GET", "/api/v1/nothing")).body).toEqual({
    error: "There is nothing at this path",
    code: "not_found",
  });
  const nobody = await api.call("POST", "/api/v1/jobs/no_such_blueprint", {});
  expect([nobody.status, nobody.body.error]).toEqual([404, "No blueprint is started at /jobs/no_such_blueprint"]);
  const method = await api.call("PUT", "/api/v1/jobs");
  expect([method.status, method.body.code, method.headers.get("allow")]).toEqual([405, "method_not_allowed", "GET"]);
  for (const query of [
    "limit=0",
    "limit=501",
    "limit=x",
    "cursor=x",
    "status=nonsense",
    "from=yesterday",
    "q=%00",
    "label.=x",
  ]) {
    const answer = await api.call("GET", `/api/v1/jobs?${query}`);
    expect([query, answer.status, answer.body.code]).toEqual([query, 400, "invalid_request"]);
  }
  for (const query of ["after_seq=-1", "after_seq=99999999999", "limit=10001"]) {
    expect((await api.call("GET", `/api/v1/jobs/019a2b3c-4d5e-7f60-8a7b-9c0d1e2f3a4b/history?${query}`)).status).toBe(
      400,
    );
  }
});

test("broken HTTP is answered or cut, and the server goes on", async () => {
  const { port, hostname } = new URL(origin);
  const send = (text: string) =>
    new Promise<string>((resolve) => {
      const socket = connect(Number(port), hostname, () => socket.write(text));
      let answer = "";
      socket.on("data", (chunk) => {
        answer += chunk.toString();
        socket.end();
      });
      socket.on("error", () => resolve(answer));
      socket.on("close", () => resolve(answer));
    });
  expect(await send("NONSENSE\r\n\r\n")).toMatch(/^HTTP\/1\.1 400/);
  expect(await send("GET /_public/status HTTP/1.1\r\n\r\n")).toMatch(/^HTTP\/1\.1 400/);
  expect(await send(`GET /_public/status HTTP/1.1\r\nhost: x\r\nx: ${"y".repeat(64 * 1024)}\r\n\r\n`)).toMatch(
    /^HTTP\/1\.1 431/,
  );
  expect(
    await send(
      "POST /api/v1/files HTTP/1.1\r\nhost: x\r\ncontent-length: 3\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
    ),
  ).toMatch(/^HTTP\/1\.1 400/);
  expect((await fetch(`${origin}/_public/status`)).status).toBe(200);
});
