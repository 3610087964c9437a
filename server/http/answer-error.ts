import type { z } from "zod";
import { ApiError } from "@/server/errors";
import { BlobError, type BlobErrorCode } from "@/server/files/blob-store";
import type { Log } from "@/server/log";
import { isDataError, isTransient, UnstorableTextError } from "@/server/store/errors";
import { EngineBusyError } from "@/server/turn/engine-busy";
import { BrokenHistoryError, NotHereError } from "@/server/turn/not-here";
import { issueDetails } from "./issue-words";

/** The answer to anything that was thrown. What is not a refusal is logged and stays opaque. */
export function errorAnswer(error: unknown, requestId: string, log: Log): Response {
  const refusal = refusalOf(error, requestId, log);
  return Response.json(refusal.body(), { status: refusal.status, headers: refusal.headers });
}

/** The refusal that something thrown amounts to; what is none is logged and stays opaque. */
export function refusalOf(error: unknown, requestId: string, log: Log): ApiError {
  if (error instanceof ApiError) return error;
  if (error instanceof BlobError) return blobRefusal(error);
  if (error instanceof UnstorableTextError)
    return new ApiError(400, "invalid_request", error.message, {
      details: [{ path: error.field, message: error.message }],
    });
  if (error instanceof BrokenHistoryError) return new ApiError(409, "conflict", error.message);
  if (error instanceof NotHereError)
    return new ApiError(503, "unavailable", error.message, { headers: { "retry-after": "5" } });
  if (error instanceof EngineBusyError)
    return new ApiError(503, "unavailable", error.message, { headers: { "retry-after": String(error.retryAfterS) } });
  if (isTransient(error)) {
    log.warn("a request failed because the database is not to be had", { request_id: requestId, error });
    return new ApiError(503, "unavailable", "The database is not to be had at the moment; try again", {
      headers: { "retry-after": "2" },
    });
  }
  log.error("a request failed", { request_id: requestId, error, data_error: isDataError(error) });
  return new ApiError(500, "internal", "Something went wrong here; the log has it under this request id", {
    details: [{ message: "request id", request_id: requestId }],
  });
}

const BLOB_STATUS: Record<BlobErrorCode, [number, ApiError["code"]]> = {
  BLOB_NOT_FOUND: [404, "not_found"],
  BLOB_RANGE_INVALID: [416, "invalid_request"],
  FILE_TOO_LARGE: [413, "body_too_large"],
  FILE_TYPE_MISMATCH: [415, "unsupported_media_type"],
  FILE_TYPE_UNSUPPORTED: [415, "unsupported_media_type"],
  FILE_EMPTY: [400, "invalid_request"],
  JOB_FILES_FULL: [409, "conflict"],
};

function blobRefusal(error: BlobError): ApiError {
  const [status, code] = BLOB_STATUS[error.code];
  return new ApiError(status, code, error.message, { details: [{ path: "file", message: error.message }] });
}

/** 400 that names every fault zod found. `texts`: what is said of the first one, by the member that it is in. */
export function schemaRefusal(error: z.ZodError, texts: Readonly<Record<string, string>> = {}): ApiError {
  const details = issueDetails(error.issues);
  const first = details[0];
  const own = first
    ? first.path
      ? `${first.path}: ${first.message}`
      : sentenceOf(first.message)
    : "The request is not valid";
  const member = String(error.issues[0]?.path[0] ?? "");
  const text = Object.hasOwn(texts, member) ? texts[member] : own;
  return new ApiError(400, "invalid_request", text ?? own, { details });
}

/** A fault of the whole has no name before it. */
function sentenceOf(message: string): string {
  return message.startsWith("must ") || message.startsWith("is ") ? `The request ${message}` : message;
}
