import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createApp } from "@/server/http/app";
import { type ApiHost, type CallOptions, hostApi, WORKER_TOKEN } from "@/test/http/api-host";
import { type HttpWorker, httpWorker } from "@/test/http/http-worker";

/** The client API as a client of the reference orchestrator meets it: every endpoint and field that it may read. */

const ABSENT = "019a2b3c-4d5e-7f60-8a7b-9c0d1e2f3a4b";
const done = { type: "end", outcome: "success", result: { seen: "${state_history.seen}" } };
const transitions = { success: "done" };

let api: ApiHost;
let worker: HttpWorker;
let stranger: string;
/** Ended, with a result. */
let finished: string;
/** Waits for a worker that never comes. */
let waiting: string;
let broken: string;
/** In the hands of the worker. */
let held: { job_id: string; task_id: string; metadata: object; security: object };

beforeAll(async () => {
  api = await hostApi();
  await api.put({
    name: "quick",
    input_schema: {
      type: "object",
      required: ["n"],
      properties: { n: { type: "integer" } },
      additionalProperties: false,
    },
    states: { begin: { type: "set", start: true, values: { seen: "${initial_data.n}" }, to: "done" }, done },
  });
  await api.put({
    name: "loose",
    states: { begin: { type: "set", start: true, values: { seen: 1 }, to: "done" }, done },
  });
  for (const [name, task_type] of [
    ["waits", "nobody_has_it"],
    ["works", "wire_skill"],
    ["breaks", "wire_break"],
  ])
    await api.put({
      name,
      states: {
        seen: { type: "set", start: true, values: { seen: true }, to: "work" },
        work: { type: "task", task_type, params: { n: "${initial_data.n}" }, transitions },
        done,
      },
    });
  await api.put({
    name: "asks",
    states: {
      ask: {
        type: "approval",
        start: true,
        message: "Well?",
        approvers: ["client:owner"],
        transitions: { approved: "done", rejected: "done" },
      },
      done: { type: "end", outcome: "success" },
    },
  });
  worker = await httpWorker(api, "wire-1", [
    { name: "wire_skill", type: "packing", version: "1.2.0", output_schema: { type: "object" } },
    "wire_break",
  ]);
  stranger = await api.client("stranger", ["jobs", "approvals", "blueprints"]);
  finished = await api.start("quick", { n: 1 });
  waiting = await api.start("waits", { n: 2 });
  broken = await api.start("breaks", { n: 0 });
  await worker.fail(await worker.next(), "PERMANENT_ERROR", "it broke");
  const order = { initial_data: { n: 3 }, metadata: { order: 18 }, security: { signer_id: "shop" } };
  await api.call("POST", "/api/v1/jobs/works", order);
  held = await worker.next();
  await api.until(finished, "finished");
  await api.until(broken, "quarantined");
  await api.until(waiting, "waiting_for_worker");
});
afterAll(() => api?.stop());

const get = (path: string, options?: CallOptions) => api.call("GET", path, undefined, options);
const post = (path: string, body?: object | string, options?: CallOptions) => api.call("POST", path, body, options);
const asWorker = (id: string) => ({ token: null, headers: { "x-worker-token": WORKER_TOKEN, "x-worker-id": id } });

/** The same process, configured otherwise. */
function configured(change: Partial<ApiHost["config"]>) {
  const app = createApp({ ...api.deps, config: { ...api.config, ...change } }, null);
  return async (method: string, path: string, body?: object, headers: Record<string, string> = {}) => {
    const request = new Request(`http://localhost${path}`, {
      method,
      headers: { "x-client-token": api.config.clientToken as string, ...headers },
      ...(body ? { body: JSON.stringify(body) } : {}),
    });
    const response = await app.fetch(request);
    const text = await response.text();
    const json = response.headers.get("content-type")?.includes("json");
    return { status: response.status, body: json ? JSON.parse(text) : text, headers: response.headers };
  };
}

describe("POST {prefix}[/{version}]{api_endpoint}", () => {
  test.each(["/api/v1", "/api"])("below %s: 202 with status and job_id, Location, X-RXON-Version", async (base) => {
    const { status, body, headers } = await post(`${base}/jobs/quick`, { initial_data: { n: 4 } });
    expect([status, body]).toEqual([202, { status: "accepted", job_id: expect.any(String) }]);
    expect(headers.get("location")).toBe(`${base}/jobs/${body.job_id}`);
    expect(headers.get("x-rxon-version")).toMatch(/^1\.0b\d+$/);
  });

  test("initial_data, webhook_url, dispatch_timeout, result_timeout, security, metadata", async () => {
    const order = {
      initial_data: { n: 5 },
      webhook_url: "https://shop.example.com/hooks?x=1",
      dispatch_timeout: 3_000,
      result_timeout: 1_200.5,
      security: { signer_id: "shop", signature: "canary-of-the-security-context" },
      metadata: { order: 17 },
    };
    const { body } = await post("/api/v1/jobs/waits", order);
    const job = (await configured({ detailedAnswers: true })("GET", `/api/v1/jobs/${body.job_id}`)).body;
    expect(job).toMatchObject({
      initial_data: { n: 5 },
      webhook_url: order.webhook_url,
      dispatch_timeout: 3_000,
      result_timeout: 1_200.5,
      metadata: { order: 17 },
    });
    const history = (await get(`/api/v1/jobs/${body.job_id}/history`)).body;
    expect(history[0].data.metadata).toEqual({ order: 17 });
    expect(JSON.stringify([job, history])).not.toContain("canary-of-the-security-context");
  });

  test("security and metadata travel to the worker that has the task", () => {
    expect(held).toMatchObject({ metadata: { order: 18, attempt: 1 }, security: { signer_id: "shop" } });
    expect(held.metadata).not.toHaveProperty("security");
  });

  test.each([
    ["a bare body is the initial data", { n: 6 }, { n: 6 }],
    ["options alone are options", { metadata: { a: 1 }, priority: 3 }, {}],
    ["a webhook_url alone is no initial data", { webhook_url: "https://shop.example.com/", n: 1 }, {}],
    ["an option beside other members is initial data", { metadata: 1, n: 1 }, { metadata: 1, n: 1 }],
    ["an empty object is one without initial data", {}, {}],
  ])("%s", async (_title, sent, input) => {
    const { body } = await post("/api/jobs/loose", sent);
    expect((await get(`/api/v1/jobs/${body.job_id}`)).body.input).toEqual(input);
  });

  test.each([
    ["no JSON", "{", 400, /^Invalid JSON body$/],
    ["an empty body", undefined, 400, /^Invalid JSON body$/],
    ["no object", "[1]", 400, /^The body must be a JSON object$/],
    [
      "input that breaks the schema",
      { initial_data: { n: "x" } },
      400,
      /^Input validation failed for blueprint 'quick': ./,
    ],
    [
      "a webhook_url of another scheme",
      { initial_data: { n: 1 }, webhook_url: "ftp://x" },
      400,
      /^webhook_url: must be/,
    ],
    ["a negative timeout", { initial_data: { n: 1 }, result_timeout: -1 }, 400, /^result_timeout: must be more than 0/],
  ])("%s is refused in the reference's words", async (_title, body, status, error) => {
    const refused = await post("/api/v1/jobs/quick", body);
    expect([refused.status, refused.body.error]).toEqual([status, expect.stringMatching(error)]);
    expect(refused.body.code).toMatch(/^invalid_/);
  });

  test("Idempotency-Key: the same job again, 422 for another body", async () => {
    const headers = { "idempotency-key": "wire-key-1" };
    const [first, again] = [
      await post("/api/v1/jobs/quick", { n: 7 }, { headers }),
      await post("/api/v1/jobs/quick", { n: 7 }, { headers }),
    ];
    expect([again.status, again.body.job_id]).toEqual([202, first.body.job_id]);
    expect((await post("/api/v1/jobs/quick", { n: 8 }, { headers })).status).toBe(422);
  });

  test("only traceparent, tracestate and baggage are kept of the headers", async () => {
    const headers = {
      traceparent: `00-${"a".repeat(32)}-${"b".repeat(16)}-01`,
      tracestate: "a=b",
      baggage: "c=d",
      "x-secret": "s",
    };
    const { body } = await post("/api/v1/jobs/quick", { n: 9 }, { headers });
    const { "x-secret": _, ...kept } = headers;
    expect((await get(`/api/v1/jobs/${body.job_id}/history`)).body[0].data.trace).toEqual(kept);
  });

  test("another client's own blueprint is not there", async () => {
    const foreign = await post("/api/v1/jobs/quick", { n: 1 }, { token: stranger });
    const absent = await post("/api/v1/jobs/no_such", { n: 1 }, { token: stranger });
    expect([foreign.status, foreign.body.error]).toEqual([404, absent.body.error.replace("no_such", "quick")]);
  });
});

describe("GET …/jobs/{job_id}", () => {
  test.each([
    ["id", () => finished],
    ["job_id", () => finished],
    ["status", () => "finished"],
    ["blueprint_name", () => "quick"],
    ["current_state", () => "done"],
    ["result", () => ({ seen: 1 })],
    ["error_message", () => null],
    ["error", () => null],
    ["progress", () => null],
    ["progress_message", () => null],
    ["child_job_id", () => null],
    ["parent_job_id", () => null],
    ["webhook_url", () => null],
    ["metadata", () => null],
    ["created_at", () => expect.any(String)],
    ["timestamp", () => expect.any(String)],
    [
      "context_snapshot",
      () => ({
        id: finished,
        job_id: finished,
        status: "finished",
        blueprint_name: "quick",
        current_state: "done",
        error_message: null,
      }),
    ],
  ])("has %s, compact", async (field, value) => {
    expect((await get(`/api/jobs/${finished}`)).body[field]).toEqual(value());
  });

  test("fields=a,b leaves the rest out, but never id; unknown ones are ignored", async () => {
    const { body } = await get(`/api/v1/jobs/${finished}?fields=status,%20result,nonsense`);
    expect(body).toEqual({ id: finished, job_id: finished, status: "finished", result: { seen: 1 } });
  });

  test("a failed job says why; result is null until a job has ended", async () => {
    expect((await get(`/api/v1/jobs/${broken}`)).body).toMatchObject({
      status: "quarantined",
      error_message: "it broke",
      error: { code: "PERMANENT_ERROR" },
    });
    expect((await get(`/api/v1/jobs/${waiting}`)).body.result).toBeNull();
  });

  test("progress is the fraction, beside progress_message", async () => {
    const event = { event_id: "wire-e1", worker_id: "wire-1", target_task_id: held.task_id, event_type: "progress" };
    const told = await worker.post("/events", { ...event, payload: { progress: 0.25, message: "a" } });
    expect(told.body).toEqual({ status: "event_accepted" });
    let job = (await get(`/api/v1/jobs/${held.job_id}`)).body;
    for (let n = 0; n < 200 && job.progress === null; n++) {
      await new Promise((resolve) => setTimeout(resolve, 20));
      job = (await get(`/api/v1/jobs/${held.job_id}`)).body;
    }
    expect(job).toMatchObject({ progress: 0.25, progress_message: "a", progress_detail: { done: 0.25, total: 1 } });
    const cookie = await api.signIn();
    expect((await get(`/api/v1/jobs/${held.job_id}`, { cookie })).body.progress).toEqual(job.progress_detail);
  });

  test("DETAILED_API_RESPONSES adds the rest of the record, and never client_config, security or tokens", async () => {
    const { body: job } = await configured({ detailedAnswers: true })("GET", `/api/v1/jobs/${held.job_id}`);
    expect(job).toMatchObject({
      initial_data: { n: 3 },
      state_history: { seen: true },
      tracing_context: {},
      dispatch_timeout: null,
      result_timeout: null,
      retry_count: 0,
      transition_count: 2,
      current_task_id: held.task_id,
      current_task_info: { type: "wire_skill", status: "running", attempt: 1 },
      task_worker_id: "wire-1",
      assigned_worker_id: "wire-1",
      aggregation_target: null,
      active_branches: [],
      aggregation_results: {},
    });
    expect(Object.keys(job)).toEqual(expect.arrayContaining(["dispatch_deadline", "result_deadline"]));
    for (const hidden of ["client_config", "security", "internal_load", "client_token"])
      expect(job).not.toHaveProperty(hidden);
    expect(JSON.stringify(job)).not.toContain(api.config.clientToken);
    expect((await get(`/api/v1/jobs/${held.job_id}`)).body).not.toHaveProperty("state_history");
  });

  test("foreign, absent and malformed: 404 Job not found", async () => {
    for (const [id, token] of [
      [finished, stranger],
      [ABSENT, stranger],
      ["no-id", stranger],
    ])
      expect((await get(`/api/v1/jobs/${id}`, { token: token as string })).body).toEqual({
        error: "Job not found",
        code: "not_found",
      });
  });
});

test("POST …/cancel: accepted; then 404 already terminal; unknown 404", async () => {
  const id = await api.start("waits", { n: 0 });
  const cancelled = await post(`/api/v1/jobs/${id}/cancel`);
  expect([cancelled.status, cancelled.body.status]).toEqual([200, "cancellation_request_accepted"]);
  expect((await get(`/api/v1/jobs/${id}`)).body.status).toBe("cancelled");
  const again = await post(`/api/v1/jobs/${id}/cancel`);
  expect([again.status, again.body.error]).toEqual([404, "Job not found or already terminal."]);
  const unknown = await post(`/api/v1/jobs/${ABSENT}/cancel`);
  expect([unknown.status, unknown.body.error]).toEqual([404, "Job not found"]);
});

describe("GET …/history", () => {
  test("oldest first, with each member that the reference has", async () => {
    const { body: events } = await get(`/api/v1/jobs/${held.job_id}/history`);
    const dispatched = events.find((event: { event_type: string }) => event.event_type === "task_dispatched");
    expect(events[0]).toMatchObject({ event_type: "job_created", event_id: `${held.job_id}.1`, job_id: held.job_id });
    expect(events[0].context_snapshot).toMatchObject({ id: held.job_id, blueprint_name: "works" });
    expect(dispatched).toMatchObject({
      state: "work",
      timestamp: expect.any(String),
      origin_task_id: held.task_id.replace(/\.\d+$/, ""),
      context_snapshot: { status: "waiting_for_worker", current_state: "work" },
    });
    expect(events).toEqual(
      expect.arrayContaining([expect.objectContaining({ previous_state: "seen", next_state: "work" })]),
    );
    for (const name of ["duration_ms", "worker_id", "attempt_number"]) expect(events[0]).toHaveProperty(name);
    expect(events[0]).not.toHaveProperty("client_token");
    const failed = (await get(`/api/v1/jobs/${broken}/history`)).body;
    expect(failed).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ event_type: "task_failed", worker_id: "wire-1", attempt_number: 1 }),
      ]),
    );
    expect(failed.at(-1).context_snapshot).toMatchObject({ status: "quarantined", error_message: "it broke" });
  });

  test("a foreign job's is not found", async () => {
    expect((await get(`/api/v1/jobs/${finished}/history`, { token: stranger })).status).toBe(404);
  });
});

describe("GET …/jobs", () => {
  test("limit and offset cut one list, newest first; rows have job_id, status, timestamp and context_snapshot", async () => {
    const { body: all } = await get("/api/v1/jobs?limit=100&offset=0");
    const { body: some } = await get("/api/v1/jobs?limit=2&offset=1");
    expect(some.map((row: { id: string }) => row.id)).toEqual(all.slice(1, 3).map((row: { id: string }) => row.id));
    expect(all.find((row: { id: string }) => row.id === broken)).toMatchObject({
      job_id: broken,
      status: "quarantined",
      current_state: "work",
      timestamp: expect.any(String),
      error_message: "it broke",
      context_snapshot: { id: broken, status: "quarantined" },
    });
    expect((await get("/api/v1/jobs", { token: stranger })).body).toEqual([]);
  });

  test.each(["limit=x", "offset=x", "limit=1.5", "offset=-1", "limit=0"])("%s is refused", async (query) => {
    const { status, body } = await get(`/api/v1/jobs?${query}`);
    expect([status, body.error, body.code]).toEqual([400, "Invalid limit/offset parameter", "invalid_request"]);
  });
});

test("GET …/dashboard counts workers, queued tasks and the caller's jobs", async () => {
  const { body } = await get("/api/v1/dashboard");
  expect(body.workers).toEqual({ total: 1 });
  expect(body.jobs).toMatchObject({ queued: expect.any(Number), quarantined: 1 });
  expect(body.jobs.queued).toBeGreaterThan(0);
  const theirs = await get("/api/v1/dashboard", { token: stranger });
  expect(theirs.body).toEqual({ workers: { total: 1 }, jobs: { queued: 0 } });
});

test("GET …/workers tells what each registered with, and no secret", async () => {
  const { body } = await get("/api/v1/workers");
  expect(body).toMatchObject([
    {
      worker_id: "wire-1",
      worker_type: expect.any(String),
      supported_skills: expect.arrayContaining([expect.objectContaining({ name: "wire_skill" })]),
      hot_skills: [],
      max_concurrent_tasks: 8,
      reputation: expect.any(Number),
    },
  ]);
  const [record] = body;
  for (const name of ["resources", "installed_software", "installed_artifacts", "capabilities", "heartbeat_status"])
    expect(record).toHaveProperty(name);
  expect(record).not.toHaveProperty("security");
});

test("GET …/workers says who is trusted too little to be given anything", async () => {
  const reputation = { ...api.config.reputation, threshold: 1.1 };
  const { body } = await configured({ reputation })("GET", "/api/v1/workers");
  expect(body).toMatchObject([{ worker_id: "wire-1", trusted: false }]);
  expect((await get("/api/v1/workers")).body).toMatchObject([{ trusted: true }]);
});

test("GET …/workers/{worker_id}/tasks names what the worker holds of the caller's jobs", async () => {
  const { body } = await get("/api/v1/workers/wire-1/tasks");
  expect(body).toMatchObject([
    { job_id: held.job_id, blueprint_name: "works", task_type: "wire_skill", status: "running", attempt: 1 },
  ]);
  expect((await get("/api/v1/workers/wire-1/tasks", { token: stranger })).body).toEqual([]);
  expect((await get("/api/v1/workers/nobody/tasks")).body).toEqual([]);
});

test("POST …/workers/{worker_id}/commands is for clients with the scope admin", async () => {
  const { status, body } = await post("/api/v1/workers/wire-1/commands", { command: "reload" }, { token: stranger });
  expect([status, body.code]).toEqual([403, "forbidden"]);
});

test("GET …/workers/catalog: contract, providers_count, worker_types, average_reputation by skill", async () => {
  const { body } = await get("/api/v1/workers/catalog");
  expect(Object.keys(body)).toEqual(["wire_break", "wire_skill"]);
  expect(body.wire_skill).toMatchObject({
    contract: { name: "wire_skill", output_schema: { type: "object" } },
    providers_count: 1,
    worker_types: [expect.any(String)],
  });
  const { average_reputation: trust } = body.wire_skill;
  expect([trust > 0.5 && trust <= 1, trust]).toEqual([true, Number(trust.toFixed(4))]);
});

test("GET …/blueprints/{name}/graph is DOT; unknown and foreign ones are not found", async () => {
  const graph = await get("/api/v1/blueprints/works/graph");
  expect([graph.status, graph.headers.get("content-type")]).toEqual([
    200,
    expect.stringMatching(/^text\/vnd\.graphviz/),
  ]);
  expect(graph.body).toMatch(/^digraph "works" \{[\s\S]*"work" -> "done"/);
  for (const [name, token] of [
    ["absent", undefined],
    ["works", stranger],
  ]) {
    const none = await get(`/api/v1/blueprints/${name}/graph`, token ? { token } : {});
    expect([none.status, none.body.error]).toEqual([404, "Blueprint not found"]);
  }
});

describe("files of a job", () => {
  const files = (rest: string, id = finished) => `/api/v1/jobs/${id}/files/${rest}`;

  test("GET …/files/upload: url, expires_in, method; the url takes the bytes without a token, and only those", async () => {
    const { body } = await get(files("upload?filename=by%20link.txt&expires_in=90"));
    expect(body).toEqual({
      url: expect.stringMatching(/^http:\/\/localhost\/_public\/files\//),
      expires_in: 90,
      method: "PUT",
    });
    const path = body.url.slice("http://localhost".length);
    const stored = await api.call("PUT", path, "by link", { token: null });
    expect(stored.body).toMatchObject({
      status: "uploaded",
      s3_uri: `batuta://jobs/${finished}/by%20link.txt`,
      size: 7,
    });
    for (const bad of [
      path.replace("by%20link", "other"),
      path.replace("expires=1", "expires=2"),
      path.slice(0, -1),
      path.replace(finished, broken),
    ])
      expect([bad, (await api.call("PUT", bad, "x", { token: null })).status]).not.toEqual([bad, 200]);
    expect((await api.call("GET", path, undefined, { token: null })).status).toBe(403);
    expect((await get(files("upload?filename=a"))).body.expires_in).toBe(3600);
  });

  test.each([
    ["upload", "filename is required"],
    ["upload?filename=a&expires_in=soon", "expires_in must be an integer"],
    ["upload?filename=a&expires_in=0", "expires_in must be an integer"],
  ])("GET …/files/%s is refused: %s", async (rest, error) => {
    const { status, body } = await get(files(rest));
    expect([status, body.error]).toEqual([400, error]);
  });

  test("PUT …/content streams it in; GET …/download leads to a link for a minute that gives it back", async () => {
    const name = "Año 1 – Prüfung.html";
    const stored = await api.call("PUT", files(`content/${encodeURIComponent(name)}`), "<script>1</script>", {
      headers: { "content-type": "text/html" },
    });
    expect(stored.body).toMatchObject({
      status: "uploaded",
      s3_uri: `batuta://jobs/${finished}/${encodeURIComponent(name)}`,
    });
    const led = await get(files(`download/${encodeURIComponent(name)}`));
    expect([led.status, led.body]).toEqual([302, ""]);
    const location = led.headers.get("location") as string;
    expect(Number(/expires=(\d+)/.exec(location)?.[1]) * 1000 - Date.now()).toBeLessThanOrEqual(60_000);
    const file = await get(location, { token: null });
    expect([file.status, file.body]).toEqual([200, "<script>1</script>"]);
    expect(Object.fromEntries(file.headers)).toMatchObject({
      "content-type": "application/octet-stream",
      "content-disposition": `attachment; filename="A_o 1 _ Pr_fung.html"; filename*=UTF-8''${encodeURIComponent(name)}`,
      "x-content-type-options": "nosniff",
      "content-length": "18",
    });
    const etag = file.headers.get("etag") as string;
    const ask = (headers: Record<string, string>) => get(location, { token: null, headers });
    expect((await ask({ "if-none-match": etag })).status).toBe(304);
    const part = await ask({ range: "bytes=1-6" });
    expect([part.status, part.body, part.headers.get("content-range")]).toEqual([206, "script", "bytes 1-6/18"]);
    expect((await ask({ range: "bytes=-9" })).body).toBe("</script>");
    expect((await ask({ range: "bytes=18-" })).status).toBe(416);
    expect((await get(`/api/v1/jobs/${finished}/files`)).body.map((each: { name: string }) => each.name)).toContain(
      name,
    );
  });

  test.each([
    "%2e%2e",
    "..%2f..%2fetc%2fpasswd",
    "a%5cb",
    "a%00b",
    "%20a",
    "nul.txt",
    "a%E2%80%AEb",
    "a:b",
    `${"x".repeat(201)}`,
  ])("the name %s is refused", async (name) => {
    const put = await api.call("PUT", files(`content/${name}`), "x");
    expect([put.status, put.body.code]).toEqual([
      expect.any(Number),
      expect.stringMatching(/^(invalid_request|not_found|method_not_allowed)$/),
    ]);
    expect(put.status).toBeGreaterThanOrEqual(400);
    expect((await get(files(`upload?filename=${name}`))).status).toBe(400);
  });

  test("too large: 413, and nothing is kept", async () => {
    const headers = { "content-length": String(51 * 1024 * 1024) };
    const put = await api.call("PUT", files("content/large.bin"), "x", { headers });
    expect([put.status, put.body.code]).toEqual([413, "body_too_large"]);
    expect((await get(files("download/large.bin"))).status).toBe(404);
  });

  test("a foreign or absent job has no files; a worker reaches those of the job whose task it holds", async () => {
    for (const [method, rest] of [
      ["GET", "upload?filename=a"],
      ["PUT", "content/a"],
      ["GET", "content/a"],
      ["GET", "download/a"],
    ] as const)
      for (const id of [finished, ABSENT])
        expect([
          rest,
          (await api.call(method, files(rest, id), method === "PUT" ? "x" : undefined, { token: stranger })).body.error,
        ]).toEqual([rest, "Job not found"]);
    const mine = await api.call("PUT", files("content/out.bin", held.job_id), "of the worker", asWorker("wire-1"));
    expect([mine.status, mine.body.status]).toEqual([200, "uploaded"]);
    expect((await get(files("content/out.bin", held.job_id), asWorker("wire-1"))).body).toBe("of the worker");
    expect((await get(files("content/out.bin", finished), asWorker("wire-1"))).status).toBe(404);
    expect((await get(files("content/out.bin", held.job_id), asWorker("wire-2"))).status).toBe(404);
    const wrong = { token: null, headers: { "x-worker-token": "wrong", "x-worker-id": "wire-1" } };
    expect((await get(files("content/out.bin", held.job_id), wrong)).status).toBe(401);
  });
});

describe("/_public", () => {
  test("GET status, metrics", async () => {
    expect((await get("/_public/status", { token: null })).body).toMatchObject({ status: "ok" });
    expect((await get("/_public/metrics", { token: null })).body).toContain("# HELP");
  });

  test("GET jobs/quarantined: one's own only, and a token is needed", async () => {
    const { body } = await get("/_public/jobs/quarantined");
    expect(body).toMatchObject([
      { id: broken, job_id: broken, status: "quarantined", context_snapshot: { id: broken } },
    ]);
    expect((await get("/_public/jobs/quarantined", { token: stranger })).body).toEqual([]);
    expect((await get("/_public/jobs/quarantined", { token: null })).status).toBe(401);
  });

  test("POST webhooks/approval/{job_id}: its checks in their order", async () => {
    const id = await api.start("asks");
    await api.until(id, "waiting_for_human");
    const hook = async (job: string, body: object | string, options?: CallOptions) => {
      const answer = await post(`/_public/webhooks/approval/${job}`, body, options);
      return [answer.status, answer.body.error];
    };
    expect(await hook(ABSENT, "{", { token: null })).toEqual([400, "Invalid JSON body"]);
    expect(await hook(ABSENT, {}, { token: null })).toEqual([400, "decision is required in body"]);
    expect(await hook(id, { decision: 1 }, { token: null })).toEqual([400, "decision is required in body"]);
    expect(await hook(ABSENT, { decision: "x" }, { token: null })).toEqual([401, "Client authentication required"]);
    expect(await hook(id, { decision: "x" }, { token: stranger })).toEqual([404, "Job not found"]);
    expect(await hook(ABSENT, { decision: "x" })).toEqual([404, "Job not found"]);
    expect(await hook(waiting, { decision: "x" })).toEqual([409, "Job is not in a state that can be approved"]);
    expect(await hook(id, { decision: "x" })).toEqual([400, "Invalid decision 'x' for this job"]);
    const good = await post(`/_public/webhooks/approval/${id}`, {
      decision: "approved",
      security: {},
      metadata: { a: 1 },
    });
    expect([good.status, good.body]).toEqual([200, { status: "approval_received", job_id: id }]);
    await api.until(id, "finished");
    expect(await hook(id, { decision: "approved" })).toEqual([409, "Job is not in a state that can be approved"]);
  });

  test("POST debug/flush_db: 404 unless it is allowed; then only our keys go, and jobs go on", async () => {
    expect((await post("/_public/debug/flush_db")).status).toBe(404);
    const allowed = configured({ allowFlush: true });
    expect((await allowed("POST", "/_public/debug/flush_db", {}, { "x-client-token": stranger })).status).toBe(403);
    const { status, body } = await allowed("POST", "/_public/debug/flush_db");
    expect([status, body]).toEqual([200, { status: "db_flushed", deleted_keys: expect.any(Number) }]);
    expect(body.deleted_keys).toBeGreaterThan(0);
    await api.until(await api.start("quick", { n: 1 }), "finished");
  });
});

describe("where the client API is", () => {
  test.each([
    ["acme/flows", "/acme/flows/v1"],
    ["acme/flows", "/acme/flows"],
    ["acme/flows", "/acme/flows/v2"],
    ["acme/flows", "/api/v1"],
    ["", "/v1"],
    ["", ""],
    ["", "/api"],
  ])("with CLIENT_API_PREFIX=%s also below %s", async (clientApiPrefix, base) => {
    const ask = configured({ clientApiPrefix });
    expect((await ask("GET", `${base}/jobs/${finished}`)).body.id).toBe(finished);
    const started = await ask("POST", `${base.replace("/v2", "/v1")}/jobs/quick`, { n: 1 });
    expect([started.status, started.headers.get("location")]).toEqual([
      202,
      `${base.replace("/v2", "/v1")}/jobs/${started.body.job_id}`,
    ]);
    expect((await ask("GET", "/_public/status")).status).toBe(200);
    expect((await ask("GET", "/elsewhere/v1/jobs")).status).toBe(404);
  });

  test("ENABLE_CLIENT_API=false refuses every token, the approval's too; sessions go on", async () => {
    const ask = configured({ clientApi: false });
    for (const path of ["/api/v1/jobs", "/_public/jobs/quarantined"]) expect((await ask("GET", path)).status).toBe(401);
    expect((await ask("POST", `/_public/webhooks/approval/${waiting}`, { decision: "x" })).status).toBe(401);
    expect((await ask("POST", "/api/v1/jobs/quick", { n: 1 })).status).toBe(401);
    const bare = createApp({ ...api.deps, config: { ...api.config, clientApi: false } }, null);
    const cookie = await api.signIn();
    expect((await bare.fetch(new Request("http://localhost/api/v1/jobs", { headers: { cookie } }))).status).toBe(200);
  });

  test.each([
    ["X-Client-Token absent", null, "Missing X-Client-Token header"],
    ["X-Client-Token unknown", "no such token", "Unauthorized: Invalid token"],
  ])("%s: 401 %s", async (_title, token, error) => {
    const { status, body } = await get("/api/v1/jobs", { token });
    expect([status, body.error]).toEqual([401, error]);
  });

  test.each([
    ["gzip", "gzip"],
    ["gzip, br", "br"],
    ["br;q=0, gzip", "gzip"],
    ["identity", null],
  ])("Accept-Encoding: %s is answered in %s, with all headers", async (accepted, encoding) => {
    const large = await api.deps.fetch(
      new Request("http://localhost/api/v1/jobs", {
        headers: { "x-client-token": api.config.clientToken as string, "accept-encoding": accepted },
      }),
    );
    expect([large.headers.get("content-encoding"), large.headers.get("vary")]).toEqual([encoding, "accept-encoding"]);
    expect(large.headers.get("x-rxon-version")).toBeTruthy();
    await large.arrayBuffer();
    const small = await get("/_public/status", { headers: { "accept-encoding": accepted } });
    expect(small.headers.get("content-encoding")).toBeNull();
  });
});
