import { randomUUID } from "node:crypto";
import { type Context, Hono } from "hono";
import { forbidden } from "@/server/errors";
import { permittedSkills, type WorkerIdentity } from "@/server/workers/auth/identity";
import { errorAnswer } from "../answer-error";
import { setLimitHeaders } from "../rate-limit-answer";
import { greetSocket } from "./greet-socket";
import { heartbeat } from "./heartbeat";
import { chargeEmptyPoll, chargeWorker, identify, requireRoom, signedMessage } from "./identify";
import { nextTask } from "./next-task";
import type { WorkerProtocolDeps } from "./protocol-deps";
import { type Registration, readRegistration, workerName } from "./read-registration";
import { addStsRoutes } from "./sts-routes";
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
    setLimitHeaders(c.req.raw, c.res.headers);
  });
  app.onError((error, c) => {
    const answer = errorAnswer(error, c.req.header("x-request-id") ?? randomUUID(), deps.log);
    answer.headers.set("X-RXON-Version", PROTOCOL_VERSION);
    return answer;
  });

  app.post("/workers/register", (c) => register(c, deps));
  app.patch("/workers/:id", (c) => heartbeat(c, deps));
  app.patch("/workers/:id/status", (c) => heartbeat(c, deps));
  app.get("/workers/:id/tasks/next", async (c) => {
    const worker = workerName(c.req.param("id"), "worker_id");
    const { skills } = await identify(c, worker, deps.security);
    await requireRoom(c.req.raw, "poll", worker, deps.security);
    const answer = await nextTask(c, worker, deps, skills);
    if (answer.status === 204) await chargeEmptyPoll(c.req.raw, worker, deps.security);
    return answer;
  });
  app.post("/tasks/result", async (c) => {
    const { message, worker } = await signedMessage(c, deps.security, { maxBytes: MAX_RESULT_BODY_BYTES });
    return c.json(await taskResult(message.body, worker, deps));
  });
  app.post("/events", async (c) => {
    const { message, worker } = await signedMessage(c, deps.security, { ignored: ["bubbling_chain"] });
    return c.json(await workerEvent(message.body, worker, deps));
  });
  app.get("/ws/:id", (c) => greetSocket(c, deps));
  addStsRoutes(app, deps.security);
  // Not `notFound`, which a mounted app does not get to say.
  app.all("*", (c) => c.json({ error: "Not found: this is no path of the worker protocol", code: "not_found" }, 404));
  return app;
}

async function register(c: Context, deps: WorkerProtocolDeps): Promise<Response> {
  const { message, worker, identity } = await signedMessage(c, deps.security);
  await chargeWorker(c.req.raw, "session", worker, deps.security);
  const { warnings, ...registration } = permitted(readRegistration({ ...message.body, worker_id: worker }), identity);
  const theirs = c.req.header("x-rxon-version")?.slice(0, 64) ?? null;
  const session = await deps.workers.register({ ...registration, version: theirs });
  await deps.skillsSync.told(session, message.body);
  deps.log.info("remote worker registered", { worker: registration.worker, skills: registration.skills });
  if (theirs !== null && theirs !== PROTOCOL_VERSION)
    warnings.unshift(`Protocol versions differ: worker ${theirs}, server ${PROTOCOL_VERSION}`);
  return c.json({
    status: "registered",
    version: PROTOCOL_VERSION,
    ...(warnings.length > 0 ? { warning: warnings.join("; ") } : {}),
  });
}

/** Without the skills that its token is not good for. Throws 403 when it is good for none of them. */
function permitted(registration: Registration, { skills: allowed }: WorkerIdentity): Registration {
  const { permitted: skills, refused } = permittedSkills(registration.skills, allowed);
  if (refused.length === 0) return registration;
  const named = refused.slice(0, 10).join(", ");
  if (skills.length === 0) throw forbidden(`The worker's token is not good for any of these skills: ${named}`);
  const warning = `Left out, because the worker's token is not good for them: ${named}`;
  return { ...registration, skills, warnings: [...registration.warnings, warning] };
}
