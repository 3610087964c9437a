import { forbidden } from "@/server/errors";
import type { Log } from "@/server/log";
import { permittedSkills, type WorkerIdentity } from "@/server/workers/auth/identity";
import { refusalOf } from "../answer-error";
import { addLimitHeaders } from "../rate-limit-answer";
import { greetSocket } from "./greet-socket";
import { heartbeat } from "./heartbeat";
import { chargeEmptyPoll, chargeWorker, identify, requireRoom, signedMessage } from "./identify";
import { nextTask } from "./next-task";
import type { WorkerProtocolDeps } from "./protocol-deps";
import { type Registration, readRegistration, workerName } from "./read-registration";
import { issueToken, refreshToken } from "./sts-routes";
import { taskResult } from "./task-result";
import { json, type WorkerAnswer, type WorkerCall } from "./worker-call";
import { workerEvent } from "./worker-event";

/**
 * A result may be larger than what is stored of one: it is read so far as to be recorded as the failure that it is, where
 * a refusal would leave its job waiting.
 */
const MAX_RESULT_BODY_BYTES = 16 * 1024 * 1024;

/** The version of the protocol that this server speaks; it reads all older ones. */
export const PROTOCOL_VERSION = "1.0b16";

/** Answers one request below `/_worker`; whatever is thrown becomes its answer. */
export async function answerCall(call: WorkerCall, requestId: string, deps: WorkerProtocolDeps): Promise<WorkerAnswer> {
  let answer: WorkerAnswer;
  try {
    answer = await routed(call, deps);
  } catch (error) {
    answer = refusalAnswer(error, requestId, deps.log);
  }
  answer.headers["x-rxon-version"] = PROTOCOL_VERSION;
  addLimitHeaders(call, answer.headers);
  return answer;
}

const NEXT_TASK = /^\/workers\/([^/]+)\/tasks\/next$/;

/** The two that come by the thousand a second first. */
function routed(call: WorkerCall, deps: WorkerProtocolDeps): Promise<WorkerAnswer> {
  if (call.method === "POST" && call.path === "/tasks/result") return result(call, deps);
  const polling = call.method === "GET" ? NEXT_TASK.exec(call.path)?.[1] : undefined;
  return polling === undefined ? routedByTable(call, deps) : poll(call, polling, deps);
}

async function routedByTable(call: WorkerCall, deps: WorkerProtocolDeps): Promise<WorkerAnswer> {
  const parts = call.path.split("/");
  const [, area, id = ""] = parts;
  if (area === "workers" || area === "ws") parts[2] = ":id";
  switch (`${call.method} ${parts.join("/")}`) {
    case "POST /events": {
      const { message, worker } = await signedMessage(call, deps.security, { ignored: ["bubbling_chain"] });
      return json(await workerEvent(message.body, worker, deps));
    }
    case "PATCH /workers/:id":
    case "PATCH /workers/:id/status":
      return heartbeat(call, id, deps);
    case "POST /workers/:id":
      if (id === "register") return register(call, deps);
      break;
    case "GET /ws/:id":
      return greetSocket(call, id, deps);
    case "POST /auth/token":
      return issueToken(call, deps.security);
    case "POST /auth/token/refresh":
      return refreshToken(call, deps.security);
  }
  return json({ error: "Not found: this is no path of the worker protocol", code: "not_found" }, 404);
}

function refusalAnswer(error: unknown, requestId: string, log: Log): WorkerAnswer {
  const refusal = refusalOf(error, requestId, log);
  const answer = json(refusal.body(), refusal.status);
  return { ...answer, headers: { ...answer.headers, ...refusal.headers } };
}

async function result(call: WorkerCall, deps: WorkerProtocolDeps): Promise<WorkerAnswer> {
  const { message, worker } = await signedMessage(call, deps.security, { maxBytes: MAX_RESULT_BODY_BYTES });
  return json(await taskResult(message.body, worker, deps));
}

async function poll(call: WorkerCall, id: string, deps: WorkerProtocolDeps): Promise<WorkerAnswer> {
  const worker = workerName(id, "worker_id");
  const { skills } = await identify(call, worker, deps.security);
  // Only a poll that brings nothing is charged, when that is known.
  await requireRoom(call, "poll", worker, deps.security);
  const answer = await nextTask(call, worker, deps, skills);
  if (answer.status === 204) await chargeEmptyPoll(call, worker, deps.security);
  return answer;
}

async function register(call: WorkerCall, deps: WorkerProtocolDeps): Promise<WorkerAnswer> {
  const { message, worker, identity } = await signedMessage(call, deps.security);
  await chargeWorker(call, "session", worker, deps.security);
  const { warnings, ...registration } = permitted(readRegistration({ ...message.body, worker_id: worker }), identity);
  const theirs = call.header("x-rxon-version")?.slice(0, 64) ?? null;
  const session = await deps.workers.register({ ...registration, version: theirs });
  await deps.skillsSync.told(session, message.body);
  deps.log.info("remote worker registered", { worker: registration.worker, skills: registration.skills });
  if (theirs !== null && theirs !== PROTOCOL_VERSION)
    warnings.unshift(`Protocol versions differ: worker ${theirs}, server ${PROTOCOL_VERSION}`);
  return json({
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
