import { findJsonProblem, isJsonObject, type JsonObject, type JsonValue } from "@/lib/json";
import { invalidRequest } from "@/server/errors";
import { contractFaultOf, type SkillContract } from "@/server/workers/skill-contract";
import { makeStorable } from "@/server/workers/storable-json";
import { fractionOf, progressMessageOf } from "@/server/workers/task-progress";
import { holderOf } from "./holder";
import type { AttemptName, WorkerProtocolDeps } from "./protocol-deps";
import { readAttempt } from "./read-result";

/** As transitions of a document name events. */
const EVENT_TYPE = /^[A-Za-z0-9_-]{1,128}$/;
const ACCEPTED = { status: "event_accepted" };
/** An event does not pass through more hands than this. */
const MOST_IN_CHAIN = 32;

/**
 * `POST /events`, and the frames of a WebSocket: the progress of a task goes to its row; any other event of a task is told
 * to its job, whose state may follow it. Only the worker that has the task is heard.
 */
export async function workerEvent(body: JsonObject, worker: string, deps: WorkerProtocolDeps): Promise<JsonObject> {
  const { event_type: eventType } = body;
  if (typeof eventType !== "string" || !EVENT_TYPE.test(eventType))
    throw invalidRequest("event_type", "must be 1 to 128 letters, digits, _ or -");
  const chain = chainOf(body, worker);
  const attempt = await attemptOf(body, worker, deps);
  const eventId = eventIdOf(body);
  // Said again because its answer did not arrive; by then the task may be over.
  if (eventId !== null && deps.recentEvents.has(worker, eventId)) return said("duplicate", ACCEPTED, deps);
  const holder = attempt && (await holderOf(attempt, deps));
  const mine = holder?.worker === worker;
  // Of one that is over, the job knows whether it heard it before.
  if (!attempt || (holder ? !mine : eventId === null)) return stale(deps);
  const stored = makeStorable(body.payload ?? {});
  const problem = isJsonObject(stored) ? findJsonProblem(stored) : null;
  if (!isJsonObject(stored)) return violation("payload: must be an object", deps);
  if (problem) return violation(`payload.${problem.path}: ${problem.message}`, deps);
  const contract = holder && mine ? await deps.workers.contractOf(worker, holder.type) : null;
  const fault = faultOf(contract, eventType, stored);
  if (fault) return violation(fault, deps);
  if (eventType === "progress") return mine ? progress(attempt, stored, { worker, eventId }, deps) : stale(deps);
  const result = await deps.engine.apply({
    kind: "worker_event",
    ...attempt,
    worker,
    eventType,
    payload: stored,
    ...(eventId === null ? {} : { eventId }),
    ...(chain.length > 0 ? { chain } : {}),
  });
  if (!result.applied && result.reason !== "already_heard") return stale(deps);
  if (eventId !== null) deps.recentEvents.add(worker, eventId);
  return said(result.applied ? "applied" : "duplicate", ACCEPTED, deps);
}

/** The attempt that an event is about; null when it names a job in which the worker has none. Throws 400. */
async function attemptOf(body: JsonObject, worker: string, deps: WorkerProtocolDeps): Promise<AttemptName | null> {
  const { target_job_id: jobId } = body;
  const named = body.target_task_id ?? body.origin_task_id;
  if ((named === undefined || named === null) && typeof jobId === "string" && JOB_ID.test(jobId))
    return deps.heldIn(jobId, worker);
  const attempt = readAttempt(named ?? undefined, body.target_task_id ? "target_task_id" : "origin_task_id");
  if (jobId !== undefined && jobId !== null && jobId !== attempt.jobId)
    throw invalidRequest("target_job_id", "must be the job of the task");
  return attempt;
}

const JOB_ID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** Through whom an event of another worker came, with the one that sends it now. */
function chainOf(body: JsonObject, worker: string): string[] {
  const { bubbling_chain: chain = [], origin_worker_id: origin } = body;
  if (
    chain !== null &&
    !(Array.isArray(chain) && chain.every((name) => typeof name === "string" && EVENT_TYPE.test(name)))
  )
    throw invalidRequest("bubbling_chain", "must be a list of names of workers");
  const names = (chain ?? []) as string[];
  if (names.length >= MOST_IN_CHAIN)
    throw invalidRequest("bubbling_chain", `must have fewer than ${MOST_IN_CHAIN} names`);
  const isOrigin = origin === undefined || origin === null || origin === worker;
  return isOrigin || names.includes(worker) ? names : [...names, worker];
}

function eventIdOf({ event_id: id }: JsonObject): string | null {
  return typeof id === "string" && /^[\x21-\x7e]{1,128}$/.test(id) ? id : null;
}

/** How the payload breaks what the skill declares of events of this type; those that it does not declare are free. */
function faultOf(contract: SkillContract | null, eventType: string, payload: JsonValue): string | null {
  const declared = contract?.events_schema;
  if (!declared || !Object.hasOwn(declared, eventType)) return null;
  const fault = contractFaultOf(declared[eventType], payload);
  return fault && `payload: ${fault}`;
}

async function progress(
  attempt: AttemptName,
  payload: JsonObject,
  { worker, eventId }: { worker: string; eventId: string | null },
  deps: WorkerProtocolDeps,
): Promise<JsonObject> {
  if (typeof payload.progress !== "number") return violation("payload.progress: must be a number", deps);
  // Two scales are in use: a fraction, and per cent.
  const done = fractionOf(payload.progress > 1 ? payload.progress / 100 : payload.progress);
  await deps.saveProgress([{ ...attempt, progress: done, message: progressMessageOf(payload.message) }]);
  if (eventId !== null) deps.recentEvents.add(worker, eventId);
  return said("progress", ACCEPTED, deps);
}

function stale(deps: WorkerProtocolDeps): JsonObject {
  return said(
    "stale",
    { status: "error", code: "STALE_TASK", message: "The task is not in this worker's hands" },
    deps,
  );
}

function violation(message: string, deps: WorkerProtocolDeps): JsonObject {
  return said("refused", { status: "error", code: "CONTRACT_VIOLATION_ERROR", message }, deps);
}

function said(outcome: string, answer: JsonObject, { metrics }: WorkerProtocolDeps): JsonObject {
  metrics.events.inc({ outcome });
  return answer;
}
