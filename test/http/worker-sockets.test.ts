import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Registry } from "prom-client";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { WebSocket } from "ws";
import type { BlueprintDocument } from "@/lib/blueprint/document";
import { readConfig } from "@/server/config";
import type { Deps } from "@/server/deps";
import { createHttpServer } from "@/server/http/serve";
import { createProtocolMetrics } from "@/server/http/worker-protocol/protocol-metrics";
import { createWorkerSockets } from "@/server/http/worker-protocol/web-socket";
import { createLog } from "@/server/log";
import { startParts } from "@/server/start";
import { until } from "@/test/queue/queue-world";
import { createTestDatabase, type TestDatabase } from "@/test/support/database";
import { testKeyPrefix, testRedisUrl } from "@/test/support/redis";

const WORKER_TOKEN = "worker-token-of-the-socket-tests-123";
const CLIENT_TOKEN = "client-token-of-the-socket-tests-123";

const blueprint: BlueprintDocument = {
  name: "heard",
  states: {
    work: {
      type: "task",
      start: true,
      task_type: "listen",
      timeout_seconds: 2,
      retry: { max_attempts: 2, base_ms: 1, max_ms: 1 },
      transitions: { success: "done" },
      on_event: { half: "resting" },
    },
    resting: { type: "wait", signal: "go", transitions: { received: "done" } },
    done: { type: "end", outcome: "success" },
  },
};

interface Web {
  deps: Deps;
  url: string;
  call(
    method: string,
    path: string,
    body?: unknown,
    headers?: Record<string, string>,
    // biome-ignore lint/suspicious/noExplicitAny: answers of many shapes, looked at by the tests
  ): Promise<{ status: number; body: any }>;
  stop(): Promise<void>;
}

/** What came through a WebSocket, in order: `{message}`, `{ping}`, `{close}`. */
interface Ear {
  socket: WebSocket;
  heard: { message?: { command: string; task_id?: string }; close?: [number, string] }[];
}

/** One web process of an installation; two of them know of each other only by what they share. */
async function startWeb(environment: Record<string, string>): Promise<Web> {
  const config = readConfig(environment);
  const log = createLog({ ...config.log, write: () => undefined });
  const deps = await startParts(config, [], log);
  const { workerSockets } = deps;
  const server: Server = createHttpServer({ config, fetch: deps.fetch, pages: null, workerSockets, log });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    deps,
    url,
    async call(method, path, body, headers = {}) {
      const answer = await fetch(`${url}${path}`, {
        method,
        headers: { "content-type": "application/json", ...headers },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      const text = await answer.text();
      return { status: answer.status, body: text === "" ? null : JSON.parse(text) };
    },
    async stop() {
      await deps.stop();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function listen(
  web: Web,
  worker: string,
  headers: Record<string, string> = { "x-worker-token": WORKER_TOKEN },
): Promise<Ear> {
  const socket = new WebSocket(`${web.url.replace("http", "ws")}/_worker/ws/${worker}`, { headers });
  const ear: Ear = { socket, heard: [] };
  socket.on("message", (data) => ear.heard.push({ message: JSON.parse(data.toString()) }));
  socket.on("close", (code, reason) => ear.heard.push({ close: [code, reason.toString()] }));
  await new Promise((resolve, reject) => {
    socket.once("open", resolve);
    socket.once("error", reject);
  });
  return ear;
}

const commands = (ear: Ear) => ear.heard.flatMap(({ message }) => (message ? [message] : []));

describe.each(["redis", "postgres"] as const)("two web processes that share %s", (kind) => {
  let database: TestDatabase;
  let folder: string;
  let here: Web;
  let there: Web;
  const asWorker = { "x-worker-token": WORKER_TOKEN };
  const asClient = { "x-client-token": CLIENT_TOKEN };

  beforeAll(async () => {
    database = await createTestDatabase();
    folder = mkdtempSync(join(tmpdir(), "batuta-sockets-"));
    const shared = {
      DATABASE_URL: database.url,
      BATUTA_DATA_DIR: folder,
      CLIENT_TOKEN,
      GLOBAL_WORKER_TOKEN: WORKER_TOKEN,
      WORKER_SIGNATURE_MODE: "optional",
      WORKER_POLL_TIMEOUT_SECONDS: "5",
      ...(kind === "redis" ? { REDIS_URL: testRedisUrl(), BATUTA_REDIS_PREFIX: testKeyPrefix() } : {}),
    };
    here = await startWeb({ ...shared, INSTANCE_ID: "here" });
    there = await startWeb({ ...shared, INSTANCE_ID: "there" });
    const put = await here.call("PUT", "/api/v1/blueprints/heard", blueprint, asClient);
    expect(put.status).toBeLessThan(300);
  });

  afterAll(async () => {
    await Promise.all([here?.stop(), there?.stop()]);
    await database.drop();
    rmSync(folder, { recursive: true, force: true });
  });

  /** Starts a job and takes its task as this worker, at `here`. */
  async function take(worker: string): Promise<{ job_id: string; task_id: string }> {
    await here.call("POST", "/_worker/workers/register", { worker_id: worker, supported_skills: ["listen"] }, asWorker);
    const started = await here.call("POST", "/api/v1/jobs/heard", { initial_data: {} }, asClient);
    const next = await here.call("GET", `/_worker/workers/${worker}/tasks/next?timeout=5`, undefined, asWorker);
    expect(next.body.job_id).toBe(started.body.job_id);
    return next.body;
  }

  test("cancel_task reaches the worker whose socket is at the other one: cancelled, over its time, moved by an event", async () => {
    const ear = await listen(there, "w-1");
    const first = await take("w-1");
    await here.call("POST", `/api/v1/jobs/${first.job_id}/cancel`, {}, asClient);
    await until("the cancel is heard", async () => commands(ear).length === 1);
    expect(commands(ear)).toEqual([{ command: "cancel_task", task_id: first.task_id, job_id: first.job_id }]);

    const late = await take("w-1");
    await until("the end of its time is heard", async () => commands(ear).length >= 2);
    expect(commands(ear)[1]).toMatchObject({ command: "cancel_task", task_id: late.task_id });
    await here.call("POST", `/api/v1/jobs/${late.job_id}/cancel`, {}, asClient);

    const moved = await take("w-1");
    const event = { event_id: "e-1", worker_id: "w-1", event_type: "half", payload: {}, origin_task_id: moved.task_id };
    // Through the socket; the same again counts once, and at the other process.
    ear.socket.send(JSON.stringify(event));
    await until("the job has moved", async () => commands(ear).some(({ task_id }) => task_id === moved.task_id));
    const again = await here.call("POST", "/_worker/events", event, asWorker);
    expect(again.body).toEqual({ status: "event_accepted" });
    const history = await here.call("GET", `/api/v1/jobs/${moved.job_id}/history`, undefined, asClient);
    const events = (history.body.events ?? history.body).filter((one: { event_type: string }) =>
      one.event_type.startsWith("worker_event"),
    );
    expect(events).toHaveLength(1);
    ear.socket.close();
  });

  test("a new connection of a worker closes its old one, at whichever process that is; commands find it", async () => {
    const old = await listen(here, "w-2");
    const same = await listen(here, "w-2");
    await until("the old one is closed", async () => old.heard.length > 0);
    expect(old.heard).toEqual([{ close: [1008, "New connection established"] }]);
    const other = await listen(there, "w-2");
    await until("the one before is closed", async () => same.heard.length > 0);
    expect(same.heard).toEqual([{ close: [1008, "New connection established"] }]);
    const sent = await here.deps.workerCommands.deliver("w-2", { command: "reload", params: { n: 1 } });
    expect(sent).toBe(true);
    await until("the command is heard", async () => commands(other).length > 0);
    expect(commands(other)).toEqual([{ command: "reload", params: { n: 1 } }]);
    expect(await here.deps.workerCommands.deliver("nobody", { command: "reload" })).toBeNull();
    other.socket.close();
  });
});

describe("a WebSocket", () => {
  let database: TestDatabase;
  let folder: string;
  let web: Web;
  const asWorker = { "x-worker-token": WORKER_TOKEN };

  beforeAll(async () => {
    database = await createTestDatabase();
    folder = mkdtempSync(join(tmpdir(), "batuta-socket-"));
    web = await startWeb({
      DATABASE_URL: database.url,
      BATUTA_DATA_DIR: folder,
      CLIENT_TOKEN,
      GLOBAL_WORKER_TOKEN: WORKER_TOKEN,
      WORKER_SIGNATURE_MODE: "optional",
    });
  });
  afterAll(async () => {
    await web?.stop();
    await database.drop();
    rmSync(folder, { recursive: true, force: true });
  });

  test("is refused before the upgrade: 401 without a token, 403 from a page, 400 for no name, 426 without Upgrade", async () => {
    await expect(listen(web, "w-3", {})).rejects.toThrow("401");
    await expect(listen(web, "w-3", { "x-worker-token": "a wrong one" })).rejects.toThrow("401");
    await expect(listen(web, "w-3", { ...asWorker, origin: "https://evil.example" })).rejects.toThrow("403");
    await expect(listen(web, "w%203", asWorker)).rejects.toThrow("400");
    expect(await web.call("GET", "/_worker/ws/w-3", undefined, asWorker)).toMatchObject({ status: 426 });
  });

  test("a plain request is told to upgrade, and its connection is closed as it may have asked for", async () => {
    const told = await fetch(`${web.url}/_worker/ws/w-3`, { headers: asWorker });
    const { upgrade, connection } = Object.fromEntries(told.headers);
    expect([told.status, upgrade, connection]).toEqual([426, "websocket", "Upgrade, close"]);
  });

  test("stays open for frames that are no events, and is closed for what is too large or binary", async () => {
    const ear = await listen(web, "w-4");
    for (const frame of ["nonsense", "[]", '{"event_type": 7}', '{"worker_id": "another", "event_type": "a"}'])
      ear.socket.send(frame);
    await until("all four were refused", async () => (await refused(web)) >= 4);
    expect(ear.heard).toEqual([]);
    ear.socket.send(Buffer.from("{}"), { binary: true });
    await until("it is closed", async () => ear.heard.length > 0);
    expect(ear.heard[0]?.close?.[0]).toBe(1003);
    const large = await listen(web, "w-4");
    large.socket.on("error", () => undefined);
    large.socket.send("x".repeat(2 * 1024 * 1024));
    await until("it is closed", async () => large.heard.length > 0);
    expect(large.heard[0]?.close?.[0]).toBe(1009);
  });

  test("POST /workers/{worker_id}/commands says what became of the command; only an admin's token may send one", async () => {
    const ear = await listen(web, "w-5");
    const path = "/api/v1/workers/w-5/commands";
    const sent = await web.call(
      "POST",
      path,
      { command: "reload", params: { a: 1 } },
      { "x-client-token": CLIENT_TOKEN },
    );
    expect(sent).toEqual({ status: 202, body: { status: "accepted", delivered: true } });
    await until("it is heard", async () => commands(ear).length > 0);
    const large = { command: "reload", params: { a: "x".repeat(5_000) } };
    expect((await web.call("POST", path, large, { "x-client-token": CLIENT_TOKEN })).status).toBe(400);
    expect((await web.call("POST", path, {}, { "x-client-token": CLIENT_TOKEN })).status).toBe(400);
    ear.socket.close();
  });

  test("is closed with 1001 when the process stops", async () => {
    const ear = await listen(web, "w-6");
    web.deps.workerSockets.stop();
    await until("it is closed", async () => ear.heard.length > 0);
    expect(ear.heard).toEqual([{ close: [1001, "Server shutdown"] }]);
    await expect(listen(web, "w-6")).rejects.toThrow("503");
  });
});

async function refused(web: Web): Promise<number> {
  const text = await (await fetch(`${web.url}/_public/metrics`)).text();
  return Number(/batuta_worker_socket_frames_total\{direction="in"\} (\d+)/.exec(text)?.[1] ?? 0);
}

test("a worker that answers no ping is dropped", async () => {
  const sockets = createWorkerSockets({
    commands: { opened: () => undefined },
    metrics: createProtocolMetrics(new Registry()),
    log: createLog({ level: "error", format: "json", write: () => undefined }),
    pingMs: 100,
  });
  const server = createServer();
  server.on("upgrade", (request, socket, head) => {
    void sockets.upgrade(request, socket, head, () => new Response(null, { status: 204 }));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `ws://127.0.0.1:${(server.address() as AddressInfo).port}/_worker/ws`;
  const mute = new WebSocket(`${url}/mute`, { autoPong: false });
  const sound = new WebSocket(`${url}/sound`);
  const closed = new Promise<number>((resolve) => mute.once("close", resolve));
  expect(await closed).toBe(1006);
  await until("only the other is left", async () => sockets.size === 1);
  expect(sound.readyState).toBe(WebSocket.OPEN);
  sockets.stop();
  server.close();
});

test("a connection whose token was taken back is closed with the next ping", async () => {
  const sockets = createWorkerSockets({
    commands: { opened: () => undefined },
    metrics: createProtocolMetrics(new Registry()),
    log: createLog({ level: "error", format: "json", write: () => undefined }),
    pingMs: 50,
  });
  const revoked = new Set<string>();
  const server = createServer();
  server.on("upgrade", (request, socket, head) => {
    void sockets.upgrade(request, socket, head, ({ url }, env) => {
      if (revoked.has(new URL(url).pathname)) return new Response(null, { status: 401 });
      return new Response(null, { status: (env as { upgrade?: boolean }).upgrade ? 204 : 426 });
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `ws://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const good = new WebSocket(`${url}/_worker/ws/good`);
  const known = new WebSocket(`${url}/_worker/ws/known`);
  await until("both are there", async () => sockets.size === 2);
  const closed = new Promise<number>((resolve) => known.once("close", resolve));
  revoked.add("/_worker/ws/known");
  expect(await closed).toBe(1008);
  await until("only the other is left", async () => sockets.size === 1);
  expect(good.readyState).toBe(WebSocket.OPEN);
  sockets.stop();
  server.close();
});
