import { attemptIdOf } from "@/lib/job-event";
import { isJsonObject, type JsonObject } from "@/lib/json";
import { fractionOf, progressMessageOf } from "@/server/workers/task-progress";
import type { WorkerProtocolDeps } from "./protocol-deps";
import { readAttempt } from "./read-result";

/** `POST /events`: takes the progress of a task; says so when it is another event. */
export async function workerEvent(body: JsonObject, worker: string, deps: WorkerProtocolDeps): Promise<JsonObject> {
  if (body.event_type !== "progress") {
    return { status: "error", code: "UNSUPPORTED_EVENT", message: "event_type: only 'progress' is taken" };
  }
  const payload = isJsonObject(body.payload) ? body.payload : {};
  const field = body.target_task_id ? "target_task_id" : "origin_task_id";
  const attempt = readAttempt(body[field], field);
  const id = attemptIdOf(attempt.jobId, attempt.no, attempt.fence);
  const holder = deps.handOut.handedOut.holderOf(id)?.worker ?? (await deps.holderOf(attempt));
  if (holder !== worker)
    return { status: "error", code: "STALE_TASK", message: "The task is not in this worker's hands" };
  if (typeof payload.progress !== "number") {
    return { status: "error", code: "CONTRACT_VIOLATION_ERROR", message: "payload.progress: must be a number" };
  }
  // Two scales are in use: a fraction, and per cent.
  const progress = fractionOf(payload.progress > 1 ? payload.progress / 100 : payload.progress);
  await deps.saveProgress([{ ...attempt, progress, message: progressMessageOf(payload.message) }]);
  return { status: "event_accepted" };
}
