import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { createServer as createSecureServer } from "node:https";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { freePort } from "@/server/local/free-port";
import { certificate } from "@/test/http/tls-worker";
import { until } from "@/test/queue/queue-world";
import { createTestDatabase, type TestDatabase } from "@/test/support/database";
import { testKeyPrefix, testRedisUrl } from "@/test/support/redis";
import { requireBuild } from "@/test/support/system";
import { type EngineHost, hostEngine } from "@/test/turn/engine-host";
import { isReady, killWorkers, runWorkerProgram, spawnWorker } from "./spawned-worker";
import { oneTask } from "./worker-host";

let database: TestDatabase;
let env: Record<string, string>;

beforeAll(async () => {
  requireBuild(false);
  database = await createTestDatabase();
  env = { DATABASE_URL: database.url, REDIS_URL: testRedisUrl(), BATUTA_REDIS_PREFIX: testKeyPrefix() };
});

afterAll(async () => {
  killWorkers();
  await database?.drop();
});

test("every fault of the configuration is named with its variable, and the code is 78", async () => {
  const faulty = { WORKER_START_DEADLINE_SECONDS: "soon", WORKER_HTTP_REQUIRED: "maybe", METRICS_TOKEN: "short" };
  const { code, errors } = await runWorkerProgram({ ...faulty, REDIS_URL: "http://x" });
  expect(code).toBe(78);
  for (const name of ["DATABASE_URL is not set", "REDIS_URL must", ...Object.keys(faulty)])
    expect(errors).toContain(name);
  const noRedis = await runWorkerProgram({ DATABASE_URL: database.url, BATUTA_QUEUE: "redis" });
  expect([noRedis.code, noRedis.errors]).toEqual([78, expect.stringContaining("REDIS_URL is not set")]);
  const noQueue = await runWorkerProgram({ ...env, WORKER_QUEUES: "demo_*,documents" });
  expect([noQueue.code, noQueue.errors]).toEqual([78, expect.stringContaining("WORKER_QUEUES names documents")]);
});

test("servers that are not there when its patience ends are named, each with its variable", async () => {
  const [nobody, port] = [await freePort("127.0.0.1"), await freePort("127.0.0.1")];
  const away = {
    DATABASE_URL: `postgres://u:a-password@127.0.0.1:${nobody}/none`,
    REDIS_URL: `redis://127.0.0.1:${nobody}`,
    WORKER_START_DEADLINE_SECONDS: "2",
    WORKER_HTTP_PORT: String(port),
  };
  const worker = await spawnWorker(away);
  await until("its probes answer while it waits", async () => {
    const answers = await Promise.all(["/livez", "/startupz", "/readyz"].map((path) => worker.get(path))).catch(
      () => [],
    );
    return answers.map(({ status }) => status).join() === "200,503,503";
  });
  expect(await worker.exited).toBe(69);
  expect(worker.errors()).toContain("DATABASE_URL: Postgres does not answer");
  expect(worker.errors()).toContain("REDIS_URL: Redis does not answer");
  expect(worker.errors() + worker.out()).not.toContain("a-password");
  const refused = await runWorkerProgram({
    ...env,
    DATABASE_URL: database.url.replace(/\/[^/]*$/, "/no_such_database"),
  });
  expect([refused.code, refused.errors]).toEqual([78, expect.stringContaining("DATABASE_URL is refused")]);
});

test("a port that is taken ends it, or is done without", async () => {
  const stranger = createServer((_request, response) => response.end("hello"));
  await new Promise<void>((resolve) => stranger.listen(0, "127.0.0.1", resolve));
  const taken = { ...env, WORKER_HTTP_PORT: String((stranger.address() as AddressInfo).port) };
  const ended = await runWorkerProgram(taken);
  expect([ended.code, ended.errors]).toEqual([78, expect.stringContaining("set WORKER_HTTP_PORT to a free one")]);
  const blind = await spawnWorker({ ...taken, WORKER_HTTP_REQUIRED: "false" });
  await until("it works", async () => blind.out().includes("worker session registered"));
  expect(blind.out()).toContain("Working without probes");
  const doctor = await runWorkerProgram(taken, ["doctor"]);
  expect([doctor.code, doctor.out]).toEqual([1, expect.stringMatching(/WRONG +port .*is taken by another program/)]);
  blind.child.kill("SIGTERM");
  expect(await blind.exited).toBe(0);
  stranger.close();
});

test("run: one task, without queue or database, its outcome as JSON on standard output", async () => {
  const given = await runWorkerProgram({}, ["run", "demo_square", "--input", '{"n":12}']);
  expect([given.code, JSON.parse(given.out)]).toEqual([
    0,
    { outcome: "success", data: { n: 12, square: 144 }, ms: expect.any(Number) },
  ]);
  const file = join(mkdtempSync(join(inject("runFolder"), "input-")), "input.json");
  writeFileSync(file, '{"n":"twelve"}');
  const failed = await runWorkerProgram({}, ["run", "demo_square", "--input", `@${file}`, "--isolation", "inline"]);
  expect(failed.code).toBe(1);
  expect(JSON.parse(failed.out)).toMatchObject({ outcome: "failure", error: { code: "INVALID_INPUT_ERROR" } });
  const slow = await runWorkerProgram({}, ["run", "demo_sleep", "--input", '{"ms":60000}', "--timeout", "1"]);
  expect([slow.code, JSON.parse(slow.out).error.code]).toEqual([1, "TIMEOUT_ERROR"]);
});

test("words that make no sense are told with what would", async () => {
  for (const [words, said] of [
    [["walk"], 'There is no command "walk"'],
    [["run"], "run needs the name of a task"],
    [["run", "no_task"], 'There is no task "no_task"; there are analyse_chunk'],
    [["run", "demo_echo", "--input", "[1]"], "--input is not a JSON object"],
    [["run", "demo_echo", "--input", "@/no/such/file"], "--input cannot be read"],
    [["run", "demo_echo", "--isolation", "box"], '--isolation is "box"; give thread, process, inline'],
    [["--max-jobs", "none"], '--max-jobs is "none"; give a whole number'],
    [["doctor", "--burst"], "--burst makes no sense with doctor"],
    [["health", "--live", "--ready"], "not both"],
    [["--unknown"], "--unknown"],
  ] as const) {
    const { code, errors } = await runWorkerProgram({}, [...words]);
    expect([words, code, errors]).toEqual([words, 2, expect.stringContaining(said)]);
  }
  expect(await runWorkerProgram({}, ["--help"])).toMatchObject({ code: 0, out: expect.stringContaining("--max-jobs") });
});

test("health says what the probes say, by its exit code too", async () => {
  const worker = await spawnWorker(env);
  const at = { WORKER_HTTP_PORT: String(worker.port) };
  await until("it is ready", () => isReady(worker));
  const ready = await runWorkerProgram(at, ["health"]);
  expect([ready.code, JSON.parse(ready.out)]).toEqual([0, expect.objectContaining({ ok: true, db: "connected" })]);
  expect(await runWorkerProgram(at, ["health", "--live"])).toMatchObject({ code: 0 });
  worker.child.kill("SIGTERM");
  await worker.exited;
  const gone = await runWorkerProgram(at, ["health", "--ready"]);
  expect([gone.code, JSON.parse(gone.out)]).toEqual([1, { ok: false, error: expect.stringContaining("ECONNREFUSED") }]);
});

test("doctor names the queue that nobody listens to, and what else is wrong", async () => {
  const engine: EngineHost = await hostEngine({
    databaseUrl: database.url,
    redisUrl: env.REDIS_URL ?? null,
    prefix: env.BATUTA_REDIS_PREFIX ?? "",
    leaseMs: 3_000,
    blueprints: [oneTask("lonely", "nobody_does_this")],
  });
  try {
    expect(await runWorkerProgram(env, ["doctor"])).toMatchObject({ code: 0 });
    await engine.start("lonely");
    await until("it waits", async () => {
      const { rows } = await engine.database.pool.query("select from tasks where type = 'nobody_does_this'");
      return rows.length === 1;
    });
    const found = await runWorkerProgram({ ...env, METRICS_REQUIRE_AUTH: "true" }, ["doctor", "--json"]);
    const { ok, findings } = JSON.parse(found.out);
    expect([found.code, ok]).toEqual([1, false]);
    const wrong = findings.filter((one: { ok: boolean }) => !one.ok).map((one: { name: string }) => one.name);
    expect(wrong).toEqual(["queue nobody_does_this", "metrics"]);
    const table = await runWorkerProgram(env, ["doctor"]);
    expect(table.out).toMatch(/WRONG +queue nobody_does_this +nobody listens: 1 waiting, the oldest for \d+ s/);
  } finally {
    await engine.stop();
  }
  const nobody = await freePort("127.0.0.1");
  const away = { DATABASE_URL: `postgres://u@127.0.0.1:${nobody}/x`, REDIS_URL: `redis://127.0.0.1:${nobody}` };
  const cut = await runWorkerProgram(away, ["doctor"]);
  expect(cut.code).toBe(1);
  expect(cut.out).toMatch(/WRONG +database +does not answer[\s\S]*WRONG +redis +does not answer/);
  const faulty = await runWorkerProgram({ PORT: "x" }, ["doctor"]);
  expect([faulty.code, faulty.out]).toEqual([1, expect.stringMatching(/WRONG +configuration +PORT must be a number/)]);
});

test("doctor of a worker without a database asks its orchestrator, with its certificates, and speaks of nothing else", async () => {
  const files = { cert: readFileSync(certificate("server.crt")), key: readFileSync(certificate("server.key")) };
  const server = createSecureServer(files, (_request, response) => response.end("{}"));
  await new Promise<void>((resolve) => server.listen(0, resolve));
  try {
    const address = `https://localhost:${(server.address() as AddressInfo).port}`;
    const remote = { BATUTA_ORCHESTRATOR_URL: address, WORKER_TOKEN: "a-worker-token-0123456789" };
    const trusting = await runWorkerProgram({ ...remote, TLS_CA_PATH: certificate("ca.crt") }, ["doctor"]);
    expect([trusting.code, trusting.out]).toEqual([0, expect.stringContaining(`${address} answers`)]);
    expect(trusting.out).not.toMatch(/redis|database/i);
    const doubting = await runWorkerProgram(remote, ["doctor"]);
    expect([doubting.code, doubting.out]).toEqual([1, expect.stringMatching(/WRONG +orchestrator +does not answer/)]);
  } finally {
    server.close();
  }
});
