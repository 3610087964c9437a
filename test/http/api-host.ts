import { mkdtempSync, rmSync } from "node:fs";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { BlueprintDocument } from "@/lib/blueprint/document";
import type { ClientScope } from "@/lib/roles";
import { tokenHash } from "@/server/clients/token-hash";
import { type Config, readConfig } from "@/server/config";
import type { Deps } from "@/server/deps";
import type { DefinedBlueprint } from "@/server/engine/blueprint/define";
import { createHttpServer } from "@/server/http/serve";
import { createLog } from "@/server/log";
import { startProcess } from "@/server/start";
import { putClient } from "@/server/store/clients";
import { underContract } from "@/test/support/contract";
import { createTestDatabase } from "@/test/support/database";
import { testKeyPrefix, testRedisUrl } from "@/test/support/redis";
import { WIDE_LIMITS } from "@/test/support/wide-limits";

export const CLIENT_TOKEN = "client-token-of-the-tests-1234567890";
export const WORKER_TOKEN = "worker-token-of-the-tests-1234567890";
export const ADMIN = { email: "ana@example.com", password: "correct horse battery" };

export interface Call {
  status: number;
  // biome-ignore lint/suspicious/noExplicitAny: answers of many shapes, looked at by the tests
  body: any;
  headers: Headers;
}

export interface CallOptions {
  /** Null: none at all. */
  token?: string | null;
  cookie?: string;
  headers?: Record<string, string>;
}

/** A whole web process on real servers: the API in-process, and on request on a port of its own. */
export interface ApiHost {
  deps: Deps;
  config: Config;
  /** Everything that was logged. */
  logged: string[];
  call(method: string, path: string, body?: unknown, options?: CallOptions): Promise<Call>;
  /** Makes a client and gives its token. */
  client(name: string, scopes?: ClientScope[]): Promise<string>;
  /** Uploads a document as the environment's client; fails when it is refused. */
  put(document: BlueprintDocument | Record<string, unknown>): Promise<void>;
  /** Starts a job of the blueprint and gives its id. */
  start(blueprint: string, input?: object, options?: CallOptions): Promise<string>;
  /** Waits until the job's status is one of these; fails after a minute with what it was. */
  until(jobId: string, ...statuses: string[]): Promise<Call["body"]>;
  /** The cookie of a fresh session of the admin. */
  signIn(account?: { email: string; password: string }): Promise<string>;
  /** Begins to listen; the address, as in `http://127.0.0.1:4711`. */
  listen(): Promise<string>;
  stop(): Promise<void>;
}

export interface ApiHostOptions {
  environment?: Record<string, string>;
  blueprints?: DefinedBlueprint[];
  redis?: boolean;
}

export async function hostApi({
  environment = {},
  blueprints = [],
  redis = true,
}: ApiHostOptions = {}): Promise<ApiHost> {
  const database = await createTestDatabase();
  const folder = mkdtempSync(join(tmpdir(), "batuta-api-"));
  const config = readConfig({
    DATABASE_URL: database.url,
    ...(redis ? { REDIS_URL: testRedisUrl(), BATUTA_REDIS_PREFIX: testKeyPrefix() } : {}),
    BATUTA_DATA_DIR: folder,
    CLIENT_TOKEN,
    GLOBAL_WORKER_TOKEN: WORKER_TOKEN,
    BATUTA_ADMIN_EMAIL: ADMIN.email,
    BATUTA_ADMIN_PASSWORD: ADMIN.password,
    INSTANCE_ID: "test",
    WORKER_SIGNATURE_MODE: "optional",
    LOG_LEVEL: "debug",
    ...WIDE_LIMITS,
    ...environment,
  });
  const logged: string[] = [];
  const log = createLog({
    ...config.log,
    hide: [config.clientToken, config.globalWorkerToken],
    write: (line) => logged.push(line),
  });
  const deps = await startProcess(config, blueprints, log);
  /** Answers that are not as the OpenAPI document says, through `call` or the port. */
  const faults: string[] = [];
  const fetch = underContract(deps.fetch, (fault) => faults.push(fault));
  let server: Server | null = null;
  const host: ApiHost = {
    deps,
    config,
    logged,
    async call(method, path, body, { token = CLIENT_TOKEN, cookie, headers = {} } = {}) {
      const raw = typeof body === "string" || body instanceof Uint8Array || body instanceof ReadableStream;
      const request = new Request(`http://localhost${path}`, {
        method,
        headers: {
          host: "localhost",
          ...(token === null || cookie ? {} : { "x-client-token": token }),
          ...(cookie ? { cookie, origin: "http://localhost", "sec-fetch-site": "same-origin" } : {}),
          ...(body === undefined ? {} : { "content-type": "application/json" }),
          ...headers,
        },
        ...(body === undefined ? {} : { body: raw ? (body as BodyInit) : JSON.stringify(body), duplex: "half" }),
      } as RequestInit);
      const response = await fetch(request);
      throwFaults(faults);
      const text = await response.text();
      const json = (response.headers.get("content-type") ?? "").includes("json");
      return { status: response.status, body: json ? JSON.parse(text) : text, headers: response.headers };
    },
    async client(name, scopes = ["jobs"]) {
      const token = `token-of-${name}-0123456789`;
      await putClient(deps.database, { name, tokenHash: tokenHash(token), scopes });
      return token;
    },
    async put(document) {
      const name = (document as { name: string }).name;
      const answer = await host.call("PUT", `/api/v1/blueprints/${name}`, document);
      if (answer.status >= 300) throw new Error(`${name} was refused: ${JSON.stringify(answer.body)}`);
    },
    async start(blueprint, input = {}, options) {
      const answer = await host.call("POST", `/api/v1/jobs/${blueprint}`, { initial_data: input }, options);
      if (answer.status !== 202)
        throw new Error(`the job was refused: ${answer.status} ${JSON.stringify(answer.body)}`);
      return answer.body.job_id;
    },
    async until(jobId, ...statuses) {
      let last: Call["body"];
      for (const end = Date.now() + 60_000; Date.now() < end; await new Promise((resolve) => setTimeout(resolve, 20))) {
        last = (await host.call("GET", `/api/v1/jobs/${jobId}`)).body;
        if (statuses.includes(last.status)) return last;
      }
      throw new Error(`the job is ${JSON.stringify(last)}, not ${statuses.join(" or ")}`);
    },
    async signIn(account = ADMIN) {
      const answer = await host.call("POST", "/api/auth/sign-in/email", account, {
        token: null,
        headers: { origin: "http://localhost" },
      });
      if (answer.status !== 200) throw new Error(`the sign-in was refused: ${JSON.stringify(answer.body)}`);
      return answer.headers
        .getSetCookie()
        .map((cookie) => cookie.split(";")[0])
        .join("; ");
    },
    async listen() {
      const { workerDoor, workerSockets } = deps;
      server ??= createHttpServer({ config, fetch, pages: null, workerDoor, workerSockets, log });
      const listening = server;
      if (!listening.listening) await new Promise<void>((resolve) => listening.listen(0, "127.0.0.1", resolve));
      return `http://127.0.0.1:${(listening.address() as AddressInfo).port}`;
    },
    async stop() {
      server?.closeAllConnections();
      server?.close();
      await deps.stop();
      await database.drop();
      rmSync(folder, { recursive: true, force: true });
      throwFaults(faults);
    },
  };
  return host;
}

function throwFaults(faults: string[]): void {
  const found = faults.splice(0);
  if (found.length > 0) throw new Error(`Answers that are not as the OpenAPI document says:\n${found.join("\n")}`);
}
