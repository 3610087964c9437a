import { z } from "zod";

/** Codes of the API's own refusals. The message is for people and may change; the code is for programs and may not. */
export const API_ERROR_CODES = [
  "invalid_json",
  "invalid_request",
  "unsupported_media_type",
  "body_too_large",
  "missing_token",
  "invalid_token",
  "not_signed_in",
  "wrong_credentials",
  "forbidden",
  "cross_site",
  "not_found",
  "method_not_allowed",
  "conflict",
  "already_decided",
  "approval_changed",
  "unknown_state",
  "unknown_outcome",
  "invalid_data",
  "unknown_decision",
  "unknown_task",
  "idempotency_conflict",
  "invalid_blueprint",
  "rate_limited",
  "quota_exceeded",
  "LIMIT_EXCEEDED_ERROR",
  "unknown_host",
  "unavailable",
  "internal",
] as const;

export type ApiErrorCode = (typeof API_ERROR_CODES)[number];

/** One fault: where it is and what mends it. A blueprint's faults name blueprint, state, key and fix. */
export const errorDetail = z
  .object({
    path: z.string().optional().meta({ description: "Where in the request, as in `initial_data.files[0]`" }),
    message: z.string(),
    blueprint: z.string().optional(),
    state: z.string().nullish(),
    key: z.string().nullish(),
    fix: z.string().nullish(),
    line: z.number().nullish(),
    column: z.number().nullish(),
    status: z.string().optional().meta({ description: "Of the job, as it stands" }),
    version: z.number().int().optional().meta({ description: "Of the job or approval, as it stands" }),
    waits_for: z.string().nullish(),
    approvers: z.array(z.string()).optional(),
    decided_by: z.string().optional(),
    decision: z.string().optional(),
    open_jobs: z.number().int().optional(),
    request_id: z.string().optional(),
  })
  .meta({ id: "ErrorDetail" });

/** The one shape of every error answer. */
export const apiError = z
  .object({ error: z.string(), code: z.enum(API_ERROR_CODES), details: z.array(errorDetail).optional() })
  .meta({ id: "Error" });

export type ErrorDetail = z.infer<typeof errorDetail>;
export type ApiErrorBody = z.infer<typeof apiError>;
