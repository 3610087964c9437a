import { copyFileSync, mkdtempSync, rmSync } from "node:fs";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { getRequestListener } from "@hono/node-server";
import { Hono } from "hono";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createWebServer } from "@/server/http/tls/tls-server";
import { type LosslessJson, parseLossless } from "@/server/http/worker-protocol/lossless-json";
import { signatureOf } from "@/server/http/worker-protocol/signature";
import { waitReady } from "@/server/local/wait-ready";
import { createLog } from "@/server/log";
import { createMetrics } from "@/server/metrics";
import { createTestDatabase, type TestDatabase } from "@/test/support/database";
import { testKeyPrefix } from "@/test/support/redis";
import { type EngineHost, type HostOptions, hostEngine } from "@/test/turn/engine-host";
import { CLIENT_TOKEN, hostApi } from "./api-host";
import { callOverTls, certificate, type TlsCall } from "./tls-worker";
import { GLOBAL_TOKEN } from "./worker-protocol-host";
import { createProtocolForTest } from "./worker-protocol-wiring";

const log = createLog({ level: "error", format: "json", write: () => undefined });
/** As the certificate `worker` says. */
const NAME = "tls-worker-1";
const metrics = createMetrics();

let database: TestDatabase;
let options: HostOptions;
let engine: EngineHost;
const closing: (() => Promise<void>)[] = [];

beforeAll(async () => {
  database = await createTestDatabase();
  options = { databaseUrl: database.url, redisUrl: null, prefix: testKeyPrefix(), blueprints: [] };
  engine = await hostEngine(options);
});
afterAll(async () => {
  for (const close of closing) await close();
  await engine?.stop();
  await database?.drop();
});

type Changes = Parameters<typeof createProtocolForTest>[2];

/** `/_worker` behind TLS, or plain behind a proxy that is said to end it; gives the address. */
async function host(changes: Changes = {}, tls: Parameters<typeof createWebServer>[0] | "default" = "default") {
  const files = {
    certPath: certificate("server.crt"),
    keyPath: certificate("server.key"),
    caPath: certificate("ca.crt"),
    requireClientCertificate: false,
  };
  const protocol = createProtocolForTest(engine, options, { signatureMode: "required", metrics, ...changes });
  const app = new Hono().route("/_worker", protocol.routes).get("/readyz", (c) => c.json({}));
  const server = createWebServer(tls === "default" ? files : tls, {}, getRequestListener(app.fetch), log, 50);
  const port = await listen(server);
  closing.push(async () => {
    await protocol.stop();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  return `${tls === null ? "http" : "https"}://localhost:${port}`;
}

function listen(server: Server): Promise<number> {
  return new Promise((resolve) => {
    server.listen(0, "localhost", () => resolve((server.address() as AddressInfo).port));
  });
}

const register = (address: string, call: TlsCall, worker: string = NAME) =>
  callOverTls(`${address}/_worker/workers/register`, "POST", { body: { worker_id: worker }, ...call });

async function figure(name: string, labels: Record<string, string> = {}): Promise<number> {
  const metric = (await metrics.registry.getMetricsAsJSON()).find((each) => each.name === name);
  const found = metric?.values.find(({ labels: own }) => Object.entries(labels).every(([key, v]) => own[key] === v));
  return found?.value ?? 0;
}

function signed(message: object, secret: string): object {
  const stamped = { ...message, timestamp: Math.floor(Date.now() / 1000) };
  const signature = signatureOf(parseLossless(JSON.stringify(stamped)) as Map<string, LosslessJson>, secret);
  return { ...stamped, security: { signature, signer_id: NAME } };
}

describe("mixed: a certificate comes first", () => {
  let address: string;
  beforeAll(async () => {
    address = await host();
  });

  test("the right one needs no token and no signature", async () => {
    expect(await register(address, { as: "worker" })).toMatchObject({ status: 200, body: { status: "registered" } });
    // The name is in the certificate: the message need not say it.
    expect((await register(address, { as: "worker", body: { supported_skills: [] } })).status).toBe(200);
    const poll = await callOverTls(`${address}/_worker/workers/${NAME}/tasks/next?timeout=0`, "GET", { as: "worker" });
    expect(poll.status).toBe(204);
    const beat = await callOverTls(`${address}/_worker/workers/${NAME}`, "PATCH", { as: "worker" });
    expect(beat).toMatchObject({ status: 200, body: { status: "ttl_refreshed" } });
  });

  test("a wrong name is refused with 403 and counted, wherever it stands", async () => {
    const before = await figure("orchestrator_security_identity_mismatch_total");
    const inBody = await register(address, { as: "worker" }, "somebody-else");
    expect(inBody).toMatchObject({ status: 403, body: { code: "forbidden" } });
    expect(inBody.body.error).toContain(NAME);
    const headers = { "x-worker-token": GLOBAL_TOKEN };
    // Not even a good token mends it.
    expect((await register(address, { as: "worker", headers }, "somebody-else")).status).toBe(403);
    expect((await callOverTls(`${address}/_worker/workers/other`, "PATCH", { as: "worker" })).status).toBe(403);
    const named = { as: "worker", headers: { "x-worker-id": "other" } };
    expect((await callOverTls(`${address}/_worker/auth/token`, "POST", named)).status).toBe(403);
    expect(await figure("orchestrator_security_identity_mismatch_total")).toBe(before + 4);
  });

  test("a certificate of another CA is none: its owner needs a token like anybody", async () => {
    expect(await register(address, { as: "stranger" })).toMatchObject({
      status: 401,
      body: { error: "Unauthorized: Missing X-Worker-Token header" },
    });
    const body = signed({ worker_id: NAME }, GLOBAL_TOKEN);
    const headers = { "x-worker-token": GLOBAL_TOKEN };
    expect((await register(address, { as: "stranger", headers, body })).status).toBe(200);
    expect((await register(address, { headers, body })).status).toBe(200);
  });

  test("a signature beside a certificate must fit all the same", async () => {
    const headers = { "x-worker-token": "any token of its own" };
    const good = signed({ worker_id: NAME }, "any token of its own");
    expect((await register(address, { as: "worker", headers, body: good })).status).toBe(200);
    expect((await register(address, { as: "worker", body: signed({ worker_id: NAME }, GLOBAL_TOKEN) })).status).toBe(
      200,
    );
    const wrong = await register(address, { as: "worker", headers, body: signed({ worker_id: NAME }, "another") });
    expect(wrong).toMatchObject({ status: 401, body: { error: "Unauthorized: Invalid cryptographic signature" } });
    const bare = await host({ globalToken: null });
    const unknown = await register(bare, { as: "worker", body: good });
    expect(unknown.status).toBe(401);
    expect(unknown.body.error).toContain("No key is known for this signature");
  });
});

test("mtls-only: tokens are refused, but for those that a certificate brought", async () => {
  const address = await host({ authMode: "mtls-only" });
  const headers = { "x-worker-token": GLOBAL_TOKEN };
  const refused = await register(address, { headers, body: signed({ worker_id: NAME }, GLOBAL_TOKEN) });
  expect(refused).toMatchObject({
    status: 401,
    body: { error: "Unauthorized: A client certificate is required here" },
  });
  expect((await register(address, {})).status).toBe(401);
  expect((await register(address, { as: "worker" })).status).toBe(200);
  const { body } = await callOverTls(`${address}/_worker/auth/token`, "POST", { as: "worker" });
  expect(body).toMatchObject({ worker_id: NAME, expires_in: 3600 });
  const access = { headers: { "x-worker-token": body.access_token } };
  expect((await callOverTls(`${address}/_worker/workers/${NAME}`, "PATCH", access)).status).toBe(200);
});

test("token-only: certificates are not looked at", async () => {
  const address = await host({ authMode: "token-only", signatureMode: "optional" });
  expect((await register(address, { as: "worker" })).status).toBe(401);
  const headers = { "x-worker-token": GLOBAL_TOKEN };
  expect((await register(address, { as: "worker", headers }, "somebody-else")).status).toBe(200);
});

test("a proxy that ends TLS is believed by its address and secret alone", async () => {
  const secret = "secret of the proxy in front";
  const proxy = { cnHeader: "x-client-cn", secret };
  const trusting = await host({ tlsProxy: { ...proxy, addresses: ["127.0.0.0/8", "::1"] } }, null);
  const doubting = await host({ tlsProxy: { ...proxy, addresses: ["10.0.0.0/8", "192.0.2.7"] } }, null);
  const ask = async (address: string, headers: Record<string, string>) => {
    const answer = await fetch(`${address}/_worker/workers/register`, {
      method: "POST",
      headers: { "content-type": "application/json", ...headers },
      body: JSON.stringify({ worker_id: NAME }),
    });
    return answer.status;
  };
  const told = { "x-client-cn": NAME, "x-proxy-secret": secret };
  expect(await ask(trusting, told)).toBe(200);
  expect(await ask(trusting, { ...told, "x-client-cn": "somebody-else" })).toBe(403);
  expect(await ask(trusting, { ...told, "x-client-cn": `${NAME}, somebody-else` })).toBe(403);
  const before = await figure("batuta_proxy_names_ignored_total");
  expect(await ask(trusting, { "x-client-cn": NAME })).toBe(401);
  expect(await ask(trusting, { ...told, "x-proxy-secret": `${secret}x` })).toBe(401);
  expect(await ask(doubting, told)).toBe(401);
  expect(await figure("batuta_proxy_names_ignored_total")).toBe(before + 3);
});

test("a whole web process behind TLS: clients, workers and their figures", async () => {
  const api = await hostApi({
    redis: false,
    environment: {
      TLS_ENABLED: "true",
      TLS_CERT_PATH: certificate("server.crt"),
      TLS_KEY_PATH: certificate("server.key"),
      TLS_CA_PATH: certificate("ca.crt"),
      WORKER_SIGNATURE_MODE: "required",
    },
  });
  try {
    const address = (await api.listen()).replace(/^http:/, "https:");
    expect((await callOverTls(`${address}/_public/status`, "GET")).body).toMatchObject({ status: "ok" });
    const headers = { "x-client-token": CLIENT_TOKEN };
    expect((await callOverTls(`${address}/api/v1/jobs`, "GET", { headers })).status).toBe(200);
    expect((await register(address, { as: "worker" })).status).toBe(200);
    expect((await register(address, { as: "worker" }, "somebody-else")).status).toBe(403);
    expect((await register(address, { as: "stranger" })).status).toBe(401);
    const poll = await callOverTls(`${address}/_worker/workers/${NAME}/tasks/next?timeout=0`, "GET", { as: "worker" });
    expect(poll.status).toBe(204);
    const { body } = await api.call("GET", "/_public/metrics", undefined, { token: null });
    expect(body).toMatch(/^orchestrator_security_identity_mismatch_total 1$/m);
    expect(body).toMatch(/^orchestrator_security_auth_failures_total\{reason="missing_token"\} 1$/m);
  } finally {
    await api.stop();
  }
});

test("where everybody must show a certificate, nobody else gets through, and readiness is seen all the same", async () => {
  const files = {
    certPath: certificate("server.crt"),
    keyPath: certificate("server.key"),
    caPath: certificate("ca.crt"),
  };
  const strict = await host({}, { ...files, requireClientCertificate: true });
  expect((await register(strict, { as: "worker" })).status).toBe(200);
  await expect(register(strict, {})).rejects.toThrow();
  await expect(register(strict, { as: "stranger" })).rejects.toThrow();
  expect(await waitReady(`${strict}/readyz`, AbortSignal.timeout(10_000), () => undefined)).toBe(true);
  const lax = await host({}, { ...files, requireClientCertificate: false });
  expect(await waitReady(`${lax}/readyz`, AbortSignal.timeout(10_000), () => undefined)).toBe(true);
});

test("a renewed certificate is served without a restart; a broken one is not", async () => {
  const folder = mkdtempSync(join(tmpdir(), "batuta-tls-"));
  const put = (name: string, ...kinds: string[]) => {
    for (const kind of kinds) copyFileSync(certificate(`${name}.${kind}`), join(folder, `server.${kind}`));
  };
  try {
    put("server", "crt", "key");
    const paths = { certPath: join(folder, "server.crt"), keyPath: join(folder, "server.key"), caPath: null };
    const address = await host({}, { ...paths, requireClientCertificate: false });
    const serial = async () => (await callOverTls(`${address}/readyz`, "GET")).serial;
    const first = await serial();
    put("next-server", "crt");
    await new Promise((resolve) => setTimeout(resolve, 200));
    // Without its key the new one cannot be used.
    expect(await serial()).toBe(first);
    put("next-server", "key");
    await expect.poll(serial, { timeout: 60_000 }).not.toBe(first);
    expect(() =>
      createWebServer(
        { ...paths, keyPath: join(folder, "none.key"), requireClientCertificate: false },
        {},
        () => undefined,
        log,
      ),
    ).toThrow(/TLS_KEY_PATH must be a file that can be read/);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
