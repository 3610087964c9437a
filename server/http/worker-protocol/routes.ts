import { randomUUID } from "node:crypto";
import { type Context, Hono } from "hono";
import type { JsonValue } from "@/lib/json";
import { ApiError, invalidRequest } from "@/server/errors";
import { errorAnswer } from "../answer-error";
import { nextTask } from "./next-task";
import type { WorkerProtocolDeps } from "./protocol-deps";
import { readHeartbeat, readRegistration, workerName } from "./read-registration";
import { readMessage, verify, type WorkerMessage } from "./signed-body";
import { taskResult } from "./task-result";
import { workerEvent } from "./worker-event";

/**
 * A result may be larger than what is stored of one: it is read so far as to be recorded as the failure that it is, where
 * a refusal would leave its job waiting.
 */
const MAX_RESULT_BODY_BYTES = 16 * 1024 * 1024;

/** The version of the protocol that this server speaks; it reads all older ones. */
export const PROTOCOL_VERSION = "1.0b16";

/** The worker protocol, to be mounted at `/_worker`. */
export function workerProtocolRoutes(deps: WorkerProtocolDeps): Hono {
  const app = new Hono();
  app.use(async (c, next) => {
    await next();
    c.header("X-RXON-Version", PROTOCOL_VERSION);
  });
  app.onError((error, c) => {
    const answer = errorAnswer(error, c.req.header("x-request-id") ?? randomUUID(), deps.log);
    answer.headers.set("X-RXON-Version", PROTOCOL_VERSION);
    return answer;
  });

  app.post("/workers/register", (c) => register(c, deps));
  app.patch("/workers/:id", (c) => heartbeat(c, deps));
  app.get("/workers/:id/tasks/next", async (c) => {
    const worker = workerName(c.req.param("id"), "worker_id");
    await deps.authentication.check(tokenOf(c), worker);
    return nextTask(c, worker, deps);
  });
  app.post("/tasks/result", async (c) => {
    const { message, worker } = await signedMessage(c, deps, { maxBytes: MAX_RESULT_BODY_BYTES });
    return c.json(await taskResult(message.body, worker, deps));
  });
  app.post("/events", async (c) => {
    const { message, worker } = await signedMessage(c, deps, { ignored: ["bubbling_chain"] });
    return c.json(await workerEvent(message.body, worker, deps));
  });
  // Not `notFound`, which a mounted app does not get to say.
  app.all("*", (c) => c.json({ error: "Not found: this is no path of the worker protocol", code: "not_found" }, 404));
  return app;
}

async function register(c: Context, deps: WorkerProtocolDeps): Promise<Response> {
  const { message } = await signedMessage(c, deps);
  const { warnings, ...registration } = readRegistration(message.body);
  const theirs = c.req.header("x-rxon-version")?.slice(0, 64) ?? null;
  await deps.workers.register({ ...registration, version: theirs });
  deps.log.info("remote worker registered", { worker: registration.worker, skills: registration.skills });
  if (theirs !== null && theirs !== PROTOCOL_VERSION)
    warnings.unshift(`Protocol versions differ: worker ${theirs}, server ${PROTOCOL_VERSION}`);
  return c.json({
    status: "registered",
    version: PROTOCOL_VERSION,
    ...(warnings.length > 0 ? { warning: warnings.join("; ") } : {}),
  });
}

async function heartbeat(c: Context, deps: WorkerProtocolDeps): Promise<Response> {
  const worker = workerName(c.req.param("id"), "worker_id");
  const token = tokenOf(c);
  await deps.authentication.check(token, worker);
  const message = await readMessage(c.req.raw);
  if (!message) {
    await deps.workers.heartbeat(worker, { status: null, skills: null, currentTasks: null });
    return c.json({ status: "ttl_refreshed" });
  }
  if (sender(message.body.worker_id, worker) !== worker) throw senderMismatch();
  verify(message, worker, token ?? "", deps);
  const { cancel } = await deps.workers.heartbeat(worker, readHeartbeat(message.body));
  return c.json({ status: "ok", ...(cancel.length > 0 ? { cancel_task_ids: cancel } : {}) });
}

/** A message whose sender is known and whose signature, if it has or needs one, is good. */
async function signedMessage(
  c: Context,
  deps: WorkerProtocolDeps,
  options: { ignored?: readonly string[]; maxBytes?: number } = {},
): Promise<{ message: WorkerMessage; worker: string }> {
  const token = tokenOf(c);
  const named = c.req.header("x-worker-id");
  // Whoever has no token at all is told so before a byte of the body is read.
  if (!token) await deps.authentication.check(token, named ?? "");
  const message = await readMessage(c.req.raw, options.maxBytes);
  if (!message) throw invalidRequest("", "The body is empty; a JSON object is expected");
  const worker = workerName(sender(message.body.worker_id, named), "worker_id");
  if (named !== undefined && named !== worker) throw senderMismatch();
  await deps.authentication.check(token, worker);
  verify(message, worker, token ?? "", deps, options.ignored);
  return { message, worker };
}

function sender(inBody: JsonValue | undefined, otherwise: string | undefined): JsonValue | undefined {
  return inBody === undefined || inBody === null ? otherwise : inBody;
}

function senderMismatch(): ApiError {
  return new ApiError(
    403,
    "forbidden",
    "Immediate sender ID mismatch: worker_id differs from the authenticated worker",
  );
}

/** `X-Worker-Token`, or `Authorization: Bearer`. */
function tokenOf(c: Context): string | undefined {
  const bearer = /^Bearer +(.+)$/i.exec(c.req.header("authorization") ?? "");
  return c.req.header("x-worker-token") ?? bearer?.[1];
}
