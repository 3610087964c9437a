import { createServer, request as httpRequest, type ServerResponse } from "node:http";
import { connect } from "node:net";
import { afterAll, beforeAll, expect, test } from "vitest";
import { drainable } from "@/server/http/drain-server";
import { createHttpServer, type Pages } from "@/server/http/serve";
import { type ApiHost, CLIENT_TOKEN, hostApi, WORKER_TOKEN } from "@/test/http/api-host";
import { namesIn, webRegistry } from "@/test/support/metric-registries";

let api: ApiHost;
let local: { port: number; close(): void };
const seen: { url: string; headers: Record<string, unknown> }[] = [];

/** Stands for the framework, and shows what it would be given. */
const pages: Pages = {
  async handle(request, response) {
    seen.push({ url: request.url ?? "", headers: { ...request.headers } });
    response.end("page");
  },
  async upgrade(_request, socket) {
    socket.end("HTTP/1.1 101 Switching Protocols\r\n\r\n");
  },
};

beforeAll(async () => {
  api = await hostApi();
  const config = { host: "127.0.0.1", local: true, dev: false, publicUrl: null, clientApiPrefix: "api", tls: null };
  const server = createHttpServer({ config, fetch: api.deps.fetch, pages, log: api.deps.log });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  local = { port: (server.address() as { port: number }).port, close: () => server.close() };
});
afterAll(async () => {
  local?.close();
  await api?.stop();
});

function get(path: string, host: string): Promise<{ status: number; body: string; headers: Record<string, unknown> }> {
  return new Promise((resolve, reject) => {
    const request = httpRequest(
      { port: local.port, host: "127.0.0.1", path, headers: { host, "x-client-token": CLIENT_TOKEN } },
      (response) => {
        let body = "";
        response.on("data", (chunk) => {
          body += chunk;
        });
        response.on("end", () => resolve({ status: response.statusCode ?? 0, body, headers: response.headers }));
      },
    );
    request.on("error", reject).end();
  });
}

test("in local mode a foreign Host is refused, for API and pages alike", async () => {
  for (const host of [
    "evil.example",
    "evil.example:3000",
    "127.0.0.1.evil.example",
    "localhost.evil.example",
    "127.0.0.2",
  ]) {
    for (const path of ["/_public/status", "/api/v1/jobs", "/jobs"]) {
      const answer = await get(path, host);
      expect([host, path, answer.status]).toEqual([host, path, 421]);
      expect(JSON.parse(answer.body).code).toBe("unknown_host");
    }
  }
  for (const host of ["localhost", "localhost:3000", "127.0.0.1:1", "[::1]:3000"])
    expect((await get("/_public/status", host)).status).toBe(200);
  expect(seen).toEqual([]);
});

test("pages get a policy with a nonce of their own each time, and none of the framework's inner headers from outside", async () => {
  const first = await get("/jobs", "localhost");
  const second = await get("/jobs?x=1", "localhost");
  const policy = String(first.headers["content-security-policy"]);
  expect(policy).toMatch(/script-src 'nonce-[A-Za-z0-9+/=]{20,}' 'strict-dynamic'(;|$)/);
  expect(policy).not.toMatch(/unsafe-eval|script-src[^;]*unsafe-inline/);
  expect(policy).not.toBe(second.headers["content-security-policy"]);
  expect(seen.at(-1)?.headers["content-security-policy"]).toBe(second.headers["content-security-policy"]);
  expect(first.headers).toMatchObject({
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "x-frame-options": "DENY",
  });
  await new Promise<void>((resolve) => {
    const request = httpRequest(
      {
        port: local.port,
        host: "127.0.0.1",
        path: "/jobs",
        headers: { host: "localhost", "x-middleware-subrequest": "pages/_middleware", "x-nonce": "mine" },
      },
      (response) => response.resume().on("end", resolve),
    );
    request.end();
  });
  expect(seen.at(-1)?.headers).not.toHaveProperty("x-middleware-subrequest");
  expect(seen.at(-1)?.headers["x-nonce"]).not.toBe("mine");
});

test("the API is answered here and not by the pages, and is never cached or framed", async () => {
  const before = seen.length;
  const answer = await get("/api/v1/jobs", "localhost");
  expect(answer.status).toBe(200);
  expect(answer.headers).toMatchObject({
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
    "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
  });
  expect(answer.headers["x-request-id"]).toMatch(/^[0-9a-f-]{36}$/);
  for (const path of ["/api", "/healthz", "/readyz", "/livez", "/readyz/db", "/_public/metrics", "/_worker/nothing"])
    await get(path, "localhost");
  expect(seen.length).toBe(before);
  await get("/apis", "localhost");
  await get("/healthzz", "localhost");
  expect(seen.length).toBe(before + 2);
});

test("an upgrade on the API's paths is refused; others go to the pages", async () => {
  const upgrade = (path: string) =>
    new Promise<string>((resolve) => {
      const socket = connect(local.port, "127.0.0.1", () =>
        socket.write(`GET ${path} HTTP/1.1\r\nhost: localhost\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n`),
      );
      let text = "";
      socket.on("data", (chunk) => {
        text += chunk;
      });
      socket.on("close", () => resolve(text.split("\r\n")[0] ?? ""));
    });
  expect(await upgrade("/_worker/ws/w1")).toBe("HTTP/1.1 404 Not Found");
  expect(await upgrade("/_next/webpack-hmr")).toBe("HTTP/1.1 101 Switching Protocols");
});

test("a failure that nobody expected is opaque, and the log has it under the request's id", async () => {
  const { engine } = api.deps;
  const broken = engine.startJobs;
  engine.startJobs = () => Promise.reject(new Error("the secret inside of it"));
  try {
    await api.put({
      name: "opaque",
      states: { a: { type: "set", start: true, values: {}, to: "b" }, b: { type: "end", outcome: "success" } },
    });
    const answer = await api.call(
      "POST",
      "/api/v1/jobs/opaque",
      {},
      { headers: { "x-request-id": "request-0123456789" } },
    );
    expect([answer.status, answer.body.code]).toEqual([500, "internal"]);
    expect(JSON.stringify(answer.body)).not.toContain("secret");
    expect(answer.body.details[0].request_id).toBe("request-0123456789");
    const line = api.logged.find((each) => each.includes('"level":"error"') && each.includes("request-0123456789"));
    expect(line).toContain("the secret inside of it");
  } finally {
    engine.startJobs = broken;
  }
});

test("metrics are open, unless they are to be closed", async () => {
  await api.put({
    name: "counted",
    states: { a: { type: "set", start: true, values: {}, to: "b" }, b: { type: "end", outcome: "success" } },
  });
  await api.put({
    name: "unheard",
    states: {
      a: { type: "task", start: true, task_type: "nobody_serves", transitions: { success: "b" } },
      b: { type: "end", outcome: "success" },
    },
  });
  await api.start("unheard");
  await api.until(await api.start("counted"), "finished");
  const ask = (accept: string) => api.call("GET", "/_public/metrics", undefined, { token: null, headers: { accept } });
  const answer = await ask("*/*");
  expect(answer.status).toBe(200);
  expect(namesIn(answer.body)).toEqual(namesIn(await webRegistry().metrics()));
  expect(answer.body).toMatch(/^orchestrator_jobs_total\{blueprint="counted"\} 1$/m);
  expect(answer.body).toMatch(/^batuta_jobs_total\{blueprint="counted",outcome="finished"\} 1$/m);
  expect(answer.body).toMatch(/^batuta_job_duration_seconds_count\{blueprint="counted"\} 1$/m);
  expect(answer.body).toMatch(
    /^batuta_http_request_duration_seconds_count\{route="\/api\/v1\/jobs\/\{job_id\}",method="GET",status_class="2xx"\}/m,
  );
  for (const line of [
    'dependency_up{dep="db"} 1',
    'dependency_up{dep="redis"} 1',
    "draining 0",
    "unobserved_errors_total 0",
  ])
    expect(answer.body).toContain(`\nbatuta_${line}\n`);
  // Once this process is the dispatcher, and what it read before is too old.
  await expect
    .poll(async () => (await ask("*/*")).body)
    .toMatch(/^batuta_queue_depth\{queue="nobody_serves",state="waiting"\} 1$/m);
  const { headers, body } = await ask("application/openmetrics-text;version=1.0.0,text/plain;q=0.5");
  expect(headers.get("content-type")).toContain("application/openmetrics-text");
  expect(body).toMatch(/^# TYPE batuta_jobs counter$/m);
  expect(body).toMatch(/^batuta_queue_oldest_age_seconds\{queue="nobody_serves"\} \d/m);
  expect(body).toContain('batuta_queue_workers{queue="nobody_serves"} 0\n');
  expect(body).toMatch(/^batuta_jobs_open\{status="waiting_for_worker"\} 1$/m);
  expect(body).toMatch(/\n# EOF\n$/);
});

test("without Redis the server says so, and jobs end all the same", async () => {
  const bare = await hostApi({
    redis: false,
    environment: {
      METRICS_REQUIRE_AUTH: "true",
      METRICS_TOKEN: "a-key-for-metrics-of-tests",
      ENABLE_CLIENT_API: "true",
    },
  });
  try {
    await bare.put({
      name: "plain",
      states: { a: { type: "set", start: true, values: {}, to: "b" }, b: { type: "end", outcome: "success" } },
    });
    await bare.until(await bare.start("plain"), "finished");
    const probe = () => bare.call("GET", "/readyz", undefined, { token: null });
    await expect.poll(async () => (await probe()).status, { timeout: 60_000 }).toBe(200);
    expect((await probe()).body).toMatchObject({
      ready: true,
      ok: true,
      db: "connected",
      redis: "off",
      checks: { database: "ok", queue: "postgres" },
      degraded: [expect.stringContaining("No Redis")],
    });
    const refused = await bare.call("GET", "/_public/metrics", undefined, { token: null });
    expect([refused.status, refused.headers.get("www-authenticate")]).toEqual([401, 'Bearer realm="metrics"']);
    expect((await bare.call("GET", "/_public/metrics")).status).toBe(200);
    const byKey = (headers: Record<string, string>) =>
      bare.call("GET", "/_public/metrics", undefined, { token: null, headers });
    expect((await byKey({ "x-api-key": "a-key-for-metrics-of-tests" })).status).toBe(200);
    expect((await byKey({ authorization: "Bearer a-key-for-metrics-of-tests" })).status).toBe(200);
    expect((await byKey({ "x-api-key": "another-key" })).status).toBe(403);
  } finally {
    await bare.stop();
  }
});

test("probes: at the root and below /api, as a whole and check by check, for programs and for people", async () => {
  const probe = (path: string) => api.call("GET", path, undefined, { token: null });
  await expect.poll(async () => (await probe("/readyz")).status, { timeout: 60_000 }).toBe(200);
  for (const root of ["", "/api"]) {
    expect((await probe(`${root}/healthz`)).body).toEqual({ status: "ok" });
    expect((await probe(`${root}/livez`)).body).toMatchObject({ ok: true, checks: [{ name: "loop", ok: true }] });
    expect((await probe(`${root}/startupz`)).body).toEqual({ ok: true, uptime_seconds: expect.any(Number) });
    expect((await probe(`${root}/readyz`)).body).toMatchObject({ ok: true, ready: true, db: "connected" });
    expect((await probe(`${root}/readyz/db`)).body).toMatchObject({ name: "db", ok: true });
  }
  expect((await probe("/readyz?verbose&exclude=db&exclude=clouds")).body).toMatch(
    /^\[ \]db excluded\n\[\+\]migrations ok[\s\S]*no check is called "clouds"\nreadyz check passed\n$/,
  );
  const strange = await probe("/readyz/clouds");
  expect([strange.status, strange.body.error]).toEqual([
    404,
    "No such check; there are db, migrations, engine, draining",
  ]);
});

test("a server that drains is not ready, answers what it holds at once, and ends each connection with its answer", async () => {
  // A poll that is answered in its own time comes too late for this test.
  const host = await hostApi({ redis: false, environment: { WORKER_POLL_TIMEOUT_SECONDS: "120" } });
  const answers: ServerResponse[] = [];
  const server = createServer((_request, response) => void answers.push(response));
  const { drain } = drainable(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  try {
    const { port } = server.address() as { port: number };
    const answered = fetch(`http://127.0.0.1:${port}/`);
    await expect.poll(() => answers.length).toBe(1);
    const held = await holdConnections(host);
    const closed = drain();
    await host.deps.drain();
    expect((await held.poll).status).toBe(204);
    expect(await held.stream.text()).toMatch(/^retry: \d+\n/);
    const ready = await host.call("GET", "/readyz", undefined, { token: null });
    expect([ready.status, ready.body]).toEqual([503, expect.objectContaining({ ok: false, db: "connected" })]);
    expect((await host.call("GET", "/readyz?exclude=draining", undefined, { token: null })).status).toBe(200);
    expect((await host.call("GET", "/livez", undefined, { token: null })).status).toBe(200);
    answers[0]?.end("done");
    expect((await answered).headers.get("connection")).toBe("close");
    await closed;
  } finally {
    server.closeAllConnections();
    await host.stop();
  }
});

/** A worker's poll and a live stream, both of them open. */
async function holdConnections(host: ApiHost): Promise<{ poll: Promise<Response>; stream: Response }> {
  const origin = await host.listen();
  const headers = { "x-worker-token": WORKER_TOKEN, "content-type": "application/json" };
  const body = JSON.stringify({ worker_id: "w1", worker_type: "t", supported_skills: [{ name: "nothing" }] });
  expect((await fetch(`${origin}/_worker/workers/register`, { method: "POST", headers, body })).status).toBe(200);
  const poll = fetch(`${origin}/_worker/workers/w1/tasks/next`, { headers });
  const stream = await fetch(`${origin}/api/v1/live`, { headers: { "x-client-token": CLIENT_TOKEN } });
  const figures = async () => (await host.call("GET", "/_public/metrics", undefined, { token: null })).body;
  await expect.poll(figures).toContain("\nbatuta_worker_polls_waiting 1\n");
  return { poll, stream };
}

test("large answers are compressed for who takes it, small ones never", async () => {
  for (let n = 0; n < 20; n++) await api.start("counted");
  const origin = await api.listen();
  const ask = (encoding: string, path: string) =>
    fetch(`${origin}${path}`, { headers: { "x-client-token": CLIENT_TOKEN, "accept-encoding": encoding } });
  const compressed = await ask("gzip, br", "/api/v1/jobs");
  expect([compressed.headers.get("content-encoding"), compressed.headers.get("vary")]).toEqual([
    "br",
    "accept-encoding",
  ]);
  expect((await compressed.json()).length).toBeGreaterThan(10);
  expect((await ask("identity", "/api/v1/jobs")).headers.get("content-encoding")).toBeNull();
  expect((await ask("gzip", "/_public/status")).headers.get("content-encoding")).toBeNull();
});
