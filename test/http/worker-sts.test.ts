import { createHash } from "node:crypto";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type LosslessJson, parseLossless } from "@/server/http/worker-protocol/lossless-json";
import { signatureOf } from "@/server/http/worker-protocol/signature";
import { createMetrics } from "@/server/metrics";
import { createNoticeBus } from "@/server/queue/notice-bus";
import { createNoticeLines } from "@/server/store/notice-lines";
import { removeOldStsTokens } from "@/server/store/sts-tokens";
import { putWorkerToken } from "@/server/store/worker-tokens";
import { createTestDatabase, type TestDatabase } from "@/test/support/database";
import { testKeyPrefix } from "@/test/support/redis";
import { type EngineHost, hostEngine } from "@/test/turn/engine-host";
import { oneTask } from "@/test/worker/worker-host";
import { GLOBAL_TOKEN, hostProtocol, type ProtocolHost } from "./worker-protocol-host";

const metrics = createMetrics();
const hash = (token: string) => createHash("sha256").update(token).digest();

let database: TestDatabase;
let engine: EngineHost;
/** Two web processes on one database. */
let here: ProtocolHost;
let there: ProtocolHost;
let tokensChanged: () => void;
const closing: (() => Promise<void>)[] = [];

beforeAll(async () => {
  database = await createTestDatabase();
  const blueprints = [oneTask("allowed", "allowed"), oneTask("denied", "denied")];
  const options = { databaseUrl: database.url, redisUrl: null, prefix: testKeyPrefix(), blueprints };
  engine = await hostEngine(options);
  const open = async () => {
    const notices = createNoticeBus(createNoticeLines({ url: database.url, name: "test notices" }));
    closing.push(() => notices.close());
    tokensChanged = () => notices.tell("tokens", "");
    return hostProtocol(engine, options, { signatureMode: "required", notices, metrics });
  };
  here = await open();
  there = await open();
});
afterAll(async () => {
  await here?.stop();
  await there?.stop();
  for (const close of closing) await close();
  await engine?.stop();
  await database?.drop();
});

const sql = (text: string, values: unknown[]) => engine.database.pool.query(text, values);
const issue = (worker: string, token: string = GLOBAL_TOKEN, body?: unknown) =>
  here.call("POST", "/auth/token", body, { token, headers: { "x-worker-id": worker } });
const refresh = (web: ProtocolHost, worker: string, token: string, header: string | null = null) =>
  web.call(
    "POST",
    "/auth/token/refresh",
    { refresh_token: token },
    { token: header, headers: { "x-worker-id": worker } },
  );
/** Asks with nothing but a token; 404 says that it was good, for none of these workers is registered. */
const tried = async (web: ProtocolHost, worker: string, token: string) =>
  (await web.call("PATCH", `/workers/${worker}`, undefined, { token })).status;
const GOOD = 404;

function signed(message: object, secret: string): object {
  const stamped = { ...message, timestamp: Math.floor(Date.now() / 1000) };
  const signature = signatureOf(parseLossless(JSON.stringify(stamped)) as Map<string, LosslessJson>, secret);
  return { ...stamped, security: { signature } };
}

async function figure(name: string, labels: Record<string, string> = {}): Promise<number> {
  const metric = (await metrics.registry.getMetricsAsJSON()).find((each) => each.name === name);
  const found = metric?.values.find(({ labels: own }) => Object.entries(labels).every(([key, v]) => own[key] === v));
  return found?.value ?? 0;
}

test("a worker gets a pair for its token, with any body; only hashes are kept", async () => {
  for (const body of [undefined, "null", "{}", ""]) {
    const { status, body: pair } = await issue("sts-1", GLOBAL_TOKEN, body);
    expect(status).toBe(200);
    expect(pair).toEqual({
      access_token: expect.stringMatching(/^[A-Za-z0-9_-]{43}$/),
      expires_in: 3600,
      worker_id: "sts-1",
      refresh_token: expect.stringMatching(/^[A-Za-z0-9_-]{43}$/),
    });
    const { rows } = await sql(
      "select kind, row_to_json(s)::text as text from worker_sts_tokens s where token_hash = $1",
      [hash(pair.access_token)],
    );
    expect(rows).toMatchObject([{ kind: 1 }]);
    expect(rows[0].text).not.toContain(pair.access_token);
  }
});

test("an access token speaks for its worker alone, in every process", async () => {
  const { body: pair } = await issue("sts-2");
  expect(await tried(there, "sts-2", pair.access_token)).toBe(GOOD);
  const before = await figure("orchestrator_security_identity_mismatch_total");
  expect(await tried(there, "sts-3", pair.access_token)).toBe(403);
  expect(await figure("orchestrator_security_identity_mismatch_total")).toBe(before + 1);
  // A refresh token is no access token.
  expect(await tried(there, "sts-2", pair.refresh_token)).toBe(401);
  await sql("update worker_sts_tokens set expires_at = now() where token_hash = $1", [hash(pair.access_token)]);
  expect(await tried(here, "sts-2", pair.access_token)).toBe(401);
});

test("nobody gets a pair for nothing", async () => {
  expect(await here.call("POST", "/auth/token", undefined, { token: null })).toMatchObject({ status: 401 });
  expect(await issue("sts-1", "a wrong token")).toMatchObject({ status: 401, body: { code: "invalid_token" } });
  const unknown = await refresh(here, "sts-1", "A".repeat(43));
  expect(unknown).toMatchObject({
    status: 401,
    body: { error: expect.stringContaining("Unauthorized: Invalid refresh token") },
  });
  for (const body of [undefined, {}, { refresh_token: 7 }, { refresh_token: "" }, { refresh_token: "x".repeat(600) }]) {
    const answer = await here.call("POST", "/auth/token/refresh", body, { headers: { "x-worker-id": "sts-1" } });
    expect(answer).toMatchObject({ status: 400, body: { error: expect.stringContaining("refresh_token") } });
  }
  expect(await here.call("POST", "/auth/token/refresh", { refresh_token: "x" })).toMatchObject({ status: 400 });
});

test("a refresh token is good once, in any process; used again later it ends its family everywhere", async () => {
  const { body: first } = await issue("sts-4");
  expect(await refresh(there, "sts-5", first.refresh_token)).toMatchObject({ status: 403 });
  const { status, body: second } = await refresh(there, "sts-4", first.refresh_token);
  expect(status).toBe(200);
  expect(second.access_token).not.toBe(first.access_token);
  // What is on its way with the former one still counts.
  expect(await tried(here, "sts-4", first.access_token)).toBe(GOOD);
  expect(await tried(here, "sts-4", second.access_token)).toBe(GOOD);
  const { rows } = await sql(
    "select expires_at < now() + interval '61 s' as soon from worker_sts_tokens where token_hash = $1",
    [hash(first.access_token)],
  );
  expect(rows).toEqual([{ soon: true }]);
  await sql("update worker_sts_tokens set used_at = now() - interval '11 s' where token_hash = $1", [
    hash(first.refresh_token),
  ]);
  const before = await figure("orchestrator_security_replay_detected_total", { reason: "refresh_token" });
  const reused = await refresh(here, "sts-4", first.refresh_token);
  expect(reused).toMatchObject({ status: 401, body: { error: expect.stringContaining("used before") } });
  expect(await figure("orchestrator_security_replay_detected_total", { reason: "refresh_token" })).toBe(before + 1);
  await expect.poll(() => tried(there, "sts-4", second.access_token)).toBe(401);
  expect(await tried(here, "sts-4", second.access_token)).toBe(401);
  expect((await refresh(here, "sts-4", second.refresh_token)).status).toBe(401);
  // The worker's own credentials begin anew.
  expect((await issue("sts-4")).status).toBe(200);
});

test("an answer that was lost is given again at once; the first of the refresh tokens that is used voids the other", async () => {
  const { body: first } = await issue("sts-6");
  const { body: lost } = await refresh(here, "sts-6", first.refresh_token);
  const { status, body: again } = await refresh(there, "sts-6", first.refresh_token);
  expect(status).toBe(200);
  expect(await tried(there, "sts-6", again.access_token)).toBe(GOOD);
  // Somebody may have the answer that was said to be lost: one of the two is a thief, and shows when both are used.
  const { body: next } = await refresh(here, "sts-6", again.refresh_token);
  expect(await tried(there, "sts-6", next.access_token)).toBe(GOOD);
  expect((await refresh(there, "sts-6", lost.refresh_token)).status).toBe(401);
  await expect.poll(() => tried(here, "sts-6", next.access_token)).toBe(401);
});

test("copies of one request that overtake each other shut nobody out: whichever answer arrives is good", async () => {
  for (const arrived of ["first", "last"] as const) {
    const name = `sts-overtaken-${arrived}`;
    const { body: first } = await issue(name);
    const answers = [await refresh(here, name, first.refresh_token), await refresh(there, name, first.refresh_token)];
    const { body: kept } = (arrived === "first" ? answers[0] : answers[1]) as (typeof answers)[0];
    expect(await tried(here, name, kept.access_token)).toBe(GOOD);
    const { status, body: next } = await refresh(there, name, kept.refresh_token);
    expect(status).toBe(200);
    expect(await tried(here, name, next.access_token)).toBe(GOOD);
  }
});

test("what was made from a worker's own token ends with it", async () => {
  await putWorkerToken(engine.database, { name: "own of sts-7", worker: "sts-7", tokenHash: hash("own-7") });
  const { body: pair } = await issue("sts-7", "own-7");
  expect(await tried(there, "sts-7", pair.access_token)).toBe(GOOD);
  // An access token begins no family of its own.
  const { body: derived } = await issue("sts-7", pair.access_token);
  await sql("update worker_tokens set disabled_at = now() where worker = $1", ["sts-7"]);
  tokensChanged();
  for (const { access_token, refresh_token } of [pair, derived]) {
    await expect.poll(() => tried(there, "sts-7", access_token)).toBe(401);
    expect((await refresh(here, "sts-7", refresh_token)).status).toBe(401);
  }
});

test("a worker's own token, or a pattern, shuts out what came from the one for everybody", async () => {
  const { body: pair } = await issue("lab-1");
  await putWorkerToken(engine.database, { name: "the lab", worker: "lab-?", tokenHash: hash("lab token") });
  tokensChanged();
  await expect.poll(() => tried(there, "lab-1", pair.access_token)).toBe(401);
  // The news reaches each process in its own time.
  await expect.poll(() => tried(here, "lab-1", GLOBAL_TOKEN)).toBe(401);
  expect(await tried(here, "lab-1", "lab token")).toBe(GOOD);
  await putWorkerToken(engine.database, { name: "first of the lab", worker: "lab-1", tokenHash: hash("lab-1 token") });
  tokensChanged();
  // The exact name comes before the pattern.
  await expect.poll(() => tried(here, "lab-1", "lab token")).toBe(401);
  expect(await tried(here, "lab-1", "lab-1 token")).toBe(GOOD);
  // It also says who sent a request that names nobody.
  const unnamed = await here.call("POST", "/auth/token", undefined, { token: "lab-1 token" });
  expect(unnamed).toMatchObject({ status: 200, body: { worker_id: "lab-1" } });
});

test("messages may be signed with the access token, for a minute with the one before, and with the global one", async () => {
  const { body: first } = await issue("sts-8");
  const { body: second } = await refresh(here, "sts-8", first.refresh_token, first.access_token);
  const register = async (secret: string, token: string) =>
    (await there.call("POST", "/workers/register", signed({ worker_id: "sts-8" }, secret), { token })).status;
  expect(await register(GLOBAL_TOKEN, first.access_token)).toBe(200);
  for (const secret of [second.access_token, first.access_token, GLOBAL_TOKEN])
    expect(await register(secret, second.access_token)).toBe(200);
  expect(await register("some other", second.access_token)).toBe(401);
  await sql("update worker_sts_tokens set issued_at = now() - interval '61 s' where token_hash = $1", [
    hash(second.access_token),
  ]);
  tokensChanged();
  await expect.poll(() => register(first.access_token, second.access_token)).toBe(401);
  expect(await register(second.access_token, second.access_token)).toBe(200);
});

test("an old message is a replay, within the minute it is not", async () => {
  const at = (ageS: number) => {
    const message = { worker_id: "sts-9", timestamp: Math.floor(Date.now() / 1000) - ageS };
    const signature = signatureOf(parseLossless(JSON.stringify(message)) as Map<string, LosslessJson>, GLOBAL_TOKEN);
    return here.call("POST", "/workers/register", { ...message, security: { signature } });
  };
  const before = await figure("orchestrator_security_replay_detected_total", { reason: "timestamp" });
  expect((await at(50)).status).toBe(200);
  for (const ageS of [65, -65]) {
    const answer = await at(ageS);
    expect(answer).toMatchObject({
      status: 401,
      body: { error: expect.stringContaining("Unauthorized: Message timestamp expired") },
    });
  }
  expect(await figure("orchestrator_security_replay_detected_total", { reason: "timestamp" })).toBe(before + 2);
});

test("a token that is good for some skills is good for no others", async () => {
  await putWorkerToken(engine.database, {
    name: "only allowed",
    worker: "limited-*",
    tokenHash: hash("limited token"),
    skills: ["allowed"],
  });
  const register = (token: string, ...skills: string[]) =>
    here.call(
      "POST",
      "/workers/register",
      signed({ worker_id: "limited-1", supported_skills: skills.map((name) => ({ name })) }, token),
      { token },
    );
  expect(await register("limited token", "denied")).toMatchObject({
    status: 403,
    body: { error: expect.stringContaining("denied") },
  });
  const some = await register("limited token", "allowed", "denied");
  expect(some).toMatchObject({ status: 200, body: { warning: expect.stringContaining("denied") } });
  const { body: pair } = await issue("limited-1", "limited token");
  expect((await register(pair.access_token, "denied")).status).toBe(403);
  const beat = signed(
    { worker_id: "limited-1", status: "idle", supported_skills: [{ name: "allowed" }, { name: "denied" }] },
    "limited token",
  );
  expect((await here.call("PATCH", "/workers/limited-1", beat, { token: "limited token" })).status).toBe(200);
  const denied = await engine.start("denied");
  const allowed = await engine.start("allowed");
  const poll = (skills: string) =>
    here.call("GET", `/workers/limited-1/tasks/next?timeout=0.3&available_skills=${skills}`, undefined, {
      token: "limited token",
    });
  expect((await poll("denied")).status).toBe(204);
  await expect.poll(async () => (await poll("denied,allowed")).body?.job_id).toBe(allowed);
  expect(denied).not.toBe(allowed);
});

test("tokens that have been over for a day are removed, and no others", async () => {
  const { body: pair } = await issue("sts-10");
  const token = hash(pair.access_token);
  // The engine's own upkeep may come first: what counts is what is left.
  const leftAfter = async (ago: string) => {
    await sql("update worker_sts_tokens set expires_at = now() - $2::interval where token_hash = $1", [token, ago]);
    await removeOldStsTokens(engine.database);
    return (await sql("select 1 from worker_sts_tokens where token_hash = $1", [token])).rowCount;
  };
  expect(await leftAfter("23 hours")).toBe(1);
  expect(await leftAfter("25 hours")).toBe(0);
});
