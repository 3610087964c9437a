import { findJsonProblem, isJsonObject, type JsonObject } from "@/lib/json";
import { invalidRequest } from "@/server/errors";
import { contractFaultOf } from "@/server/workers/skill-contract";
import { makeStorable } from "@/server/workers/storable-json";
import { fractionOf, progressMessageOf } from "@/server/workers/task-progress";
import { holderOf } from "./holder";
import type { AttemptName, WorkerProtocolDeps } from "./protocol-deps";
import { readAttempt } from "./read-result";

/** As transitions of a document name events. */
const EVENT_TYPE = /^[A-Za-z0-9_-]{1,128}$/;
const ACCEPTED = { status: "event_accepted" };

/**
 * `POST /events`: the progress of a task goes to its row; any other event of a task is told to its job, whose state may
 * follow it. Only the worker that has the task is heard.
 */
export async function workerEvent(body: JsonObject, worker: string, deps: WorkerProtocolDeps): Promise<JsonObject> {
  const { event_type: eventType } = body;
  if (typeof eventType !== "string" || !EVENT_TYPE.test(eventType))
    throw invalidRequest("event_type", "must be 1 to 128 letters, digits, _ or -");
  const field = body.target_task_id ? "target_task_id" : "origin_task_id";
  const attempt = readAttempt(body[field], field);
  const holder = await holderOf(attempt, deps);
  const eventId = eventIdOf(body);
  // Said again because its answer did not arrive; by then the task may be over.
  if (eventId !== null && deps.recentEvents.has(worker, eventId)) return ACCEPTED;
  if (!holder || holder.worker !== worker) return stale();
  const stored = makeStorable(body.payload ?? {});
  if (!isJsonObject(stored)) return violation("payload: must be an object");
  const problem = findJsonProblem(stored);
  if (problem) return violation(`payload.${problem.path}: ${problem.message}`);
  if (eventType === "progress") return progress(attempt, stored, deps);
  const contract = await deps.workers.contractOf(worker, holder.type);
  const schema = contract?.events_schema;
  const fault = contractFaultOf(schema && Object.hasOwn(schema, eventType) ? schema[eventType] : undefined, stored);
  if (fault) return violation(`payload: ${fault}`);
  const result = await deps.engine.apply({ kind: "worker_event", ...attempt, worker, eventType, payload: stored });
  if (!result.applied) return stale();
  if (eventId !== null) deps.recentEvents.add(worker, eventId);
  return ACCEPTED;
}

function eventIdOf({ event_id: id }: JsonObject): string | null {
  return typeof id === "string" && id !== "" && id.length <= 128 ? id : null;
}

async function progress(attempt: AttemptName, payload: JsonObject, deps: WorkerProtocolDeps): Promise<JsonObject> {
  if (typeof payload.progress !== "number") return violation("payload.progress: must be a number");
  // Two scales are in use: a fraction, and per cent.
  const done = fractionOf(payload.progress > 1 ? payload.progress / 100 : payload.progress);
  await deps.saveProgress([{ ...attempt, progress: done, message: progressMessageOf(payload.message) }]);
  return ACCEPTED;
}

function stale(): JsonObject {
  return { status: "error", code: "STALE_TASK", message: "The task is not in this worker's hands" };
}

function violation(message: string): JsonObject {
  return { status: "error", code: "CONTRACT_VIOLATION_ERROR", message };
}
