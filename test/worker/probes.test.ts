import { afterAll, beforeAll, expect, test } from "vitest";
import { migrate } from "@/server/store/migrate";
import { until } from "@/test/queue/queue-world";
import { namesIn, workerRegistry } from "@/test/support/metric-registries";
import { type OwnServer, startOwnPostgres, startOwnRedis } from "@/test/support/own-servers";
import { requireBuild } from "@/test/support/system";
import { isReady, killWorkers, type SpawnedWorker, spawnWorker } from "./spawned-worker";

const KEY = "a-key-for-metrics-of-tests";
let postgres: OwnServer<{ url: string; pid: number }>;
let redis: OwnServer<{ url: string; pid: number }>;
let worker: SpawnedWorker;

beforeAll(async () => {
  requireBuild(false);
  [postgres, redis] = await Promise.all([startOwnPostgres(), startOwnRedis({ persistent: false })]);
  await migrate(postgres.now.url);
  worker = await spawnWorker({
    DATABASE_URL: postgres.now.url,
    REDIS_URL: redis.now.url,
    WORKER_LEASE_SECONDS: "3",
    METRICS_REQUIRE_AUTH: "true",
    METRICS_TOKEN: KEY,
  });
  await until("it is ready", () => isReady(worker));
});

afterAll(async () => {
  killWorkers();
  await Promise.all([postgres?.remove(), redis?.remove()]);
});

const body = async (path: string) => (await worker.get(path)).json();

test("live, ready and started up, in the words that others read", async () => {
  expect(await body("/healthz")).toEqual({ ok: true, uptime_seconds: expect.any(Number) });
  expect(await body("/livez")).toMatchObject({
    ok: true,
    checks: [{ name: "loop" }, { name: "consumer" }, { name: "slots" }],
  });
  expect(await body("/startupz")).toMatchObject({ ok: true });
  const ready = await body("/readyz");
  expect(ready).toMatchObject({ ok: true, db: "connected", redis: "connected", draining: false });
  expect(ready.checks.map(({ name }: { name: string }) => name)).toEqual([
    "db",
    "migrations",
    "redis",
    "session",
    "slots",
    "draining",
  ]);
  for (const check of ready.checks) expect(check).toMatchObject({ ok: true, latency_ms: expect.any(Number) });
  expect(await body("/readyz/db")).toMatchObject({ name: "db", ok: true });
  expect(await (await worker.get("/readyz?verbose&exclude=redis")).text()).toMatch(
    /^\[\+\]db ok \(\d+ ms\)\n[\s\S]*\[ \]redis excluded\n[\s\S]*readyz check passed\n$/,
  );
});

test("answers GET and HEAD at its own paths and nothing else", async () => {
  const head = await worker.get("/readyz", { method: "HEAD" });
  expect([head.status, await head.text()]).toEqual([200, ""]);
  const post = await worker.get("/readyz", { method: "POST" });
  expect([post.status, post.headers.get("allow")]).toEqual([405, "GET, HEAD"]);
  for (const path of ["/", "/secrets", "/readyz/nothing", "/metrics/db", "/healthz/loop", "/readyz/db/more"])
    expect([path, (await worker.get(path)).status]).toEqual([path, 404]);
  expect((await worker.get("/secrets", { method: "POST" })).status).toBe(404);
});

test("metrics are given to whoever has the key: 401 without one, 403 with a wrong one", async () => {
  const ask = (headers: Record<string, string>) => worker.get("/metrics", { headers });
  const without = await ask({});
  expect([without.status, without.headers.get("www-authenticate")]).toEqual([401, 'Bearer realm="metrics"']);
  expect((await ask({ authorization: "Basic eDp5" })).status).toBe(401);
  expect((await ask({ "x-api-key": `${KEY}x` })).status).toBe(403);
  expect((await ask({ authorization: "Bearer nothing-of-the-kind" })).status).toBe(403);
  expect((await ask({ "x-api-key": KEY })).status).toBe(200);
  const text = await (await ask({ authorization: `Bearer ${KEY}` })).text();
  expect(namesIn(text)).toEqual(namesIn(await workerRegistry().metrics()));
  expect(text).toMatch(/batuta_worker_info\{version="[^"]+",node="[^"]+",host="[^"]+"\} 1/);
  expect(text).toContain('batuta_dependency_up{dep="db"} 1');
  expect(text).toContain("batuta_draining 0");
  expect(Number(/^batuta_worker_heartbeat_timestamp_seconds (\S+)/m.exec(text)?.[1])).toBeGreaterThan(1.7e9);
});

test("without a key configured, metrics are closed to all", async () => {
  const closed = await spawnWorker({
    DATABASE_URL: postgres.now.url,
    REDIS_URL: redis.now.url,
    METRICS_REQUIRE_AUTH: "1",
  });
  await until("it answers", async () => (await closed.get("/livez").catch(() => null))?.status === 200);
  expect((await closed.get("/metrics", { headers: { "x-api-key": KEY } })).status).toBe(403);
  expect((await closed.get("/metrics")).status).toBe(401);
  closed.child.kill("SIGTERM");
  expect(await closed.exited).toBe(0);
});

test.each(["db", "redis"] as const)("a stopped %s is named within 3 s, and forgiven when it is back", async (name) => {
  const server = name === "db" ? postgres : redis;
  const other = name === "db" ? "redis" : "db";
  await until("it is ready", () => isReady(worker));
  await server.stop();
  const stoppedAt = performance.now();
  await until("it is not ready", async () => (await worker.get("/readyz")).status === 503);
  expect(performance.now() - stoppedAt).toBeLessThan(3_000);
  expect(await body("/readyz")).toMatchObject({ ok: false, [name]: "disconnected", [other]: "connected" });
  expect((await worker.get(`/readyz/${name}`)).status).toBe(503);
  expect((await worker.get(`/readyz/${other}`)).status).toBe(200);
  expect((await worker.get("/livez")).status).toBe(200);
  const left = name === "db" ? "exclude=db&exclude=migrations" : "exclude=redis";
  expect((await worker.get(`/readyz?${left}`)).status).toBe(200);
  const metrics = await (await worker.get("/metrics", { headers: { "x-api-key": KEY } })).text();
  expect(metrics).toContain(`batuta_dependency_up{dep="${name}"} 0`);
  await server.start();
  await until("it is ready again", () => isReady(worker));
  expect(await body("/readyz")).toMatchObject({ ok: true, [name]: "connected" });
});
