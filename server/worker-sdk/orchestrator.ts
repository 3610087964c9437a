import { randomUUID } from "node:crypto";
import { signatureOf } from "./canonical-json";
import { type Credentials, createCredentials } from "./credentials";
import { createHttpClient, type HttpAnswer, type HttpClient } from "./http-client";
import type { OrchestratorOptions } from "./orchestrator-options";
import { errorOf, jsonOf, WireError } from "./wire-error";
import type { WorkerLog } from "./worker-log";

/** The version of the protocol that this worker speaks. */
export const PROTOCOL_VERSION = "1.0b16";

const REQUEST_MS = 20_000;
/** How much longer than its hold a poll may take. */
const POLL_SLACK_MS = 10_000;
const CALL_MS = 90_000;

export type Json = Record<string, unknown>;

/** A task as it came. */
export interface TaskPayload {
  job_id: string;
  task_id: string;
  type: string;
  params?: unknown;
  params_metadata?: Json;
  tracing_context?: Record<string, string>;
  priority?: number;
  deadline?: number;
  metadata?: Json;
  timestamp?: number;
}

/** One orchestrator, as a worker speaks with it. Calls reject with a `WireError` or a `NoAnswerError`. */
export interface Orchestrator {
  readonly options: OrchestratorOptions;
  readonly http: HttpClient;
  readonly credentials: Credentials;
  /** Its host, for the log. */
  readonly name: string;
  register(body: Json): Promise<Json>;
  heartbeat(body: Json): Promise<Json>;
  /** Null when there was nothing. A `requestId` of a poll that was not answered asks for the same answer again. */
  poll(query: Json, holdMs: number, requestId: string, signal: AbortSignal): Promise<TaskPayload | null>;
  result(body: Json): Promise<Json>;
  event(body: Json): Promise<Json>;
  callSkill(body: Json, signal: AbortSignal): Promise<Json>;
  close(): void;
}

interface Call {
  method: string;
  path: string;
  body?: Json;
  /** Members that the signature leaves out. */
  unsigned?: readonly string[];
  timeoutMs?: number;
  signal?: AbortSignal;
}

export function createOrchestrator(
  options: OrchestratorOptions,
  workerId: string,
  sign: boolean,
  log: WorkerLog,
): Orchestrator {
  const http = createHttpClient(options.url, options.tls);
  const { token } = options;
  const credentials = createCredentials({ http, workerId, token, sign, version: PROTOCOL_VERSION, log });
  const worker = `/_worker/workers/${encodeURIComponent(workerId)}`;

  /** Sends a call; a 401 is answered by asking for another access token, once. */
  async function call(wish: Call): Promise<HttpAnswer> {
    let answer = await send(wish);
    if (answer.status === 401 && (await credentials.refresh())) answer = await send(wish);
    if (answer.status >= 400) throw errorOf(answer, `${wish.method} ${wish.path.split("?")[0]}`);
    return answer;
  }

  function send({ method, path, body, unsigned, timeoutMs = REQUEST_MS, signal }: Call): Promise<HttpAnswer> {
    const headers = credentials.headers();
    if (body === undefined) return http.send({ method, path, headers, timeoutMs, signal });
    const text = JSON.stringify(signed(body, unsigned));
    return http.send({
      method,
      path,
      headers: { ...headers, "content-type": "application/json" },
      body: text,
      timeoutMs,
      signal,
    });
  }

  /** Signed anew each time: its timestamp must be fresh, and the key may have changed. */
  function signed(body: Json, unsigned?: readonly string[]): Json {
    const message = { ...plain(body), timestamp: Math.floor(Date.now() / 1_000) };
    const secret = credentials.secret();
    if (secret === null) return message;
    return { ...message, security: { signature: signatureOf(message, secret, unsigned), signer_id: workerId } };
  }

  async function told(wish: Call): Promise<Json> {
    const answer = await call(wish);
    const body = jsonOf(answer);
    if (body === null)
      throw new WireError(502, null, `${wish.method} ${wish.path}: the answer is no JSON object`, null);
    return body;
  }

  return {
    options,
    http,
    credentials,
    name: http.origin.host,
    async register(body) {
      const answer = await told({ method: "POST", path: "/_worker/workers/register", body });
      credentials.adopt(answer);
      return answer;
    },
    heartbeat: (body) => told({ method: "PATCH", path: worker, body }),
    async poll(query, holdMs, requestId, signal) {
      const search = new URLSearchParams({ timeout: String(holdMs / 1_000), request_id: requestId });
      for (const [name, value] of Object.entries(query)) search.set(name, String(value));
      const path = `${worker}/tasks/next?${search}`;
      const answer = await call({ method: "GET", path, timeoutMs: holdMs + POLL_SLACK_MS, signal });
      return answer.status === 204 ? null : readTask(jsonOf(answer));
    },
    result: (body) => told({ method: "POST", path: "/_worker/tasks/result", body }),
    event: (body) =>
      told({
        method: "POST",
        path: "/_worker/events",
        body: { event_id: randomUUID(), ...body },
        unsigned: ["bubbling_chain"],
      }),
    callSkill: (body, signal) => told({ method: "POST", path: "/skills/call", body, signal, timeoutMs: CALL_MS }),
    close() {
      credentials.stop();
      http.close();
    },
  };
}

/** As it goes over the wire: dates as texts, absent members gone. */
function plain(body: Json): Json {
  return JSON.parse(JSON.stringify(body)) as Json;
}

/** A poll is answered with null by orchestrators of one kind, with 204 by others. */
function readTask(body: Json | null): TaskPayload | null {
  if (body === null) return null;
  for (const field of ["job_id", "task_id", "type"] as const)
    if (typeof body[field] !== "string") throw new WireError(502, null, `the task has no ${field}`, null);
  return body as unknown as TaskPayload;
}
