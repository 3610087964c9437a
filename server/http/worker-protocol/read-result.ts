import { parseAttemptId } from "@/lib/job-event";
import { findJsonProblem, isJsonObject, type JsonObject, type JsonValue } from "@/lib/json";
import type { TaskReport } from "@/server/engine/signal";
import { invalidRequest } from "@/server/errors";
import { makeStorable, storableText } from "@/server/workers/storable-json";

/** Data above this size (UTF-8 bytes of its JSON text) is a failure of the task. */
const MAX_DATA_BYTES = 1024 * 1024;
const MAX_WORD_LENGTH = 128;
const MAX_MESSAGE_LENGTH = 4_000;

/** The attempt that a message names by its `task_id`; throws 400 when it is none. */
export function readAttempt(value: JsonValue | undefined, field: string): { jobId: string; no: number; fence: number } {
  const attempt = typeof value === "string" ? parseAttemptId(value) : null;
  if (attempt) return attempt;
  throw invalidRequest(field, "must be the task_id that was handed out, as it was");
}

/**
 * Reads a result of any version of the protocol: an absent status is a success (a failure beside an error), an error
 * may be a text, data that is not an object is wrapped. What cannot be stored is mended; data that is refused becomes
 * a failure of the task, because a result that is turned away would strand its job.
 */
export function readResult(body: JsonObject, worker: string): TaskReport {
  const { jobId, no, fence } = readAttempt(body.task_id, "task_id");
  if (body.job_id !== undefined && body.job_id !== null && body.job_id !== jobId) {
    throw invalidRequest("job_id", "must be the job of task_id");
  }
  const error = errorOf(body);
  const outcome = word(body.status, "status") ?? (error ? "failure" : "success");
  const report: TaskReport = { kind: "task_result", jobId, no, fence, worker, outcome };
  const retryAfterMs = error && retryAfterOf(body);
  if (retryAfterMs !== undefined) report.retryAfterMs = retryAfterMs;
  const ms = millisecondsOf(body);
  if (ms !== undefined) report.ms = ms;
  const meta = metaOf(body);
  if (meta) report.meta = meta;
  if (error) report.error = error;
  const { data } = body;
  if (data === undefined || data === null) return report;
  const stored = makeStorable(isJsonObject(data) ? data : { data });
  const problem = findJsonProblem(stored);
  if (problem) return violation(report, `was refused at '${problem.path}': ${problem.message}`);
  const bytes = Buffer.byteLength(JSON.stringify(stored));
  if (bytes <= MAX_DATA_BYTES) return { ...report, data: stored };
  return violation(report, `has ${bytes} bytes, more than ${MAX_DATA_BYTES}: store it and return its address`);
}

function violation(report: TaskReport, what: string): TaskReport {
  const error = { code: "CONTRACT_VIOLATION", message: `The worker's data ${what}` };
  return { ...report, outcome: "failure", error };
}

/** Seconds that the worker asks to wait, beside the error or in it; what is no such number asks for nothing. */
function retryAfterOf(body: JsonObject): number | undefined {
  const { error } = body;
  const details = isJsonObject(error) && isJsonObject(error.details) ? error.details : {};
  const asked = body.retry_after ?? (isJsonObject(error) ? (error.retry_after ?? details.retry_after) : undefined);
  const seconds = typeof asked === "string" && asked.trim() !== "" ? Number(asked) : asked;
  if (typeof seconds !== "number" || !(seconds >= 0 && seconds < 1e9)) return undefined;
  return Math.round(seconds * 1000);
}

function errorOf(body: JsonObject): TaskReport["error"] {
  const { error } = body;
  if (error === undefined || error === null) return undefined;
  const legacyCode = typeof body.error_type === "string" ? body.error_type : undefined;
  if (!isJsonObject(error)) {
    const text = typeof error === "string" ? error : findJsonProblem(error) ? "" : JSON.stringify(error);
    const message = text === "" ? "The worker gave no message" : text;
    return { code: codeOf(legacyCode), message: shown(message) };
  }
  const message = typeof error.message === "string" ? error.message : "The worker gave no message";
  const failure: NonNullable<TaskReport["error"]> = { code: codeOf(error.code ?? legacyCode), message: shown(message) };
  if (error.details !== undefined && error.details !== null) {
    const details = makeStorable(error.details);
    if (!findJsonProblem(details)) failure.details = details;
  }
  return failure;
}

function codeOf(value: JsonValue | undefined): string {
  if (typeof value !== "string" || value === "") return "TRANSIENT_ERROR";
  // The protocol's word for what the engine calls CONTRACT_VIOLATION.
  if (value === "CONTRACT_VIOLATION_ERROR") return "CONTRACT_VIOLATION";
  return storableText(value.slice(0, MAX_WORD_LENGTH));
}

function shown(message: string): string {
  return storableText(message.length > MAX_MESSAGE_LENGTH ? `${message.slice(0, MAX_MESSAGE_LENGTH)}…` : message);
}

function word(value: JsonValue | undefined, field: string): string | null {
  if (value === undefined || value === null || value === "") return null;
  if (typeof value === "string" && value.length <= MAX_WORD_LENGTH) return storableText(value);
  throw invalidRequest(field, `must be a text of at most ${MAX_WORD_LENGTH} characters`);
}

function millisecondsOf(body: JsonObject): number | undefined {
  const seconds = isJsonObject(body.costs) ? body.costs.execution_time_seconds : undefined;
  return typeof seconds === "number" && seconds >= 0 && seconds < 1e9 ? Math.round(seconds * 1000) : undefined;
}

/** What a worker may say beside the data, and is kept with the result in the job's history. */
const BESIDE_DATA = ["data_metadata", "metadata", "security", "costs"] as const;
const MAX_META_BYTES = 32 * 1024;

/** What cannot be kept is left out: it decides nothing. */
function metaOf(body: JsonObject): JsonObject | null {
  const meta: JsonObject = {};
  for (const name of BESIDE_DATA) {
    const value = body[name];
    const kept = isJsonObject(value) && name === "security" ? withoutSignature(value) : value;
    if (isJsonObject(kept) && Object.keys(kept).length > 0) meta[name] = makeStorable(kept);
  }
  const { origin_worker_id: origin, picked_up_at: pickedUp } = body;
  if (typeof origin === "string" && origin !== "")
    meta.origin_worker_id = storableText(origin.slice(0, MAX_WORD_LENGTH));
  if (typeof pickedUp === "number" && Number.isFinite(pickedUp)) meta.picked_up_at = pickedUp;
  if (Object.keys(meta).length === 0 || findJsonProblem(meta)) return null;
  return Buffer.byteLength(JSON.stringify(meta)) <= MAX_META_BYTES ? meta : null;
}

/** Of the message, not of the result. */
function withoutSignature({ signature: _signature, ...security }: JsonObject): JsonObject {
  return security;
}
