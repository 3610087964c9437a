import type { ApiErrorBody, ApiErrorCode, ErrorDetail } from "@/lib/api/error";

/**
 * A refusal that is answered to the caller as it stands: `{"error", "code", "details"}`. Anything else that is thrown
 * is a bug, logged with its request id and answered as an opaque 500.
 */
export class ApiError extends Error {
  override readonly name = "ApiError";
  readonly status: number;
  readonly code: ApiErrorCode;
  readonly details: ErrorDetail[] | undefined;
  readonly headers: Record<string, string>;

  constructor(
    status: number,
    code: ApiErrorCode,
    message: string,
    more: { details?: ErrorDetail[]; headers?: Record<string, string>; cause?: unknown } = {},
  ) {
    super(message, more.cause === undefined ? undefined : { cause: more.cause });
    this.status = status;
    this.code = code;
    this.details = more.details;
    this.headers = more.headers ?? {};
  }

  body(): ApiErrorBody {
    return { error: this.message, code: this.code, ...(this.details ? { details: this.details } : {}) };
  }
}

/** 400 with one fault, named by its path. */
export function invalidRequest(path: string, message: string): ApiError {
  return new ApiError(400, "invalid_request", path === "" ? message : `${path}: ${message}`, {
    details: [{ path, message }],
  });
}

/** 404; the same for what does not exist and for what belongs to somebody else. */
export function notFound(what: string): ApiError {
  return new ApiError(404, "not_found", `${what} not found`);
}

/** 403; `message` says what would be needed. */
export function forbidden(message: string): ApiError {
  return new ApiError(403, "forbidden", message);
}
