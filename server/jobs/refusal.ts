import type { IgnoredReason } from "@/server/engine/signal";
import { ApiError, notFound } from "@/server/errors";

/** How the API says that a signal changed nothing. */
export function ignoredRefusal(reason: IgnoredReason): ApiError {
  switch (reason) {
    case "job_not_found":
      return notFound("Job");
    case "job_already_terminated":
      return new ApiError(409, "conflict", "The job has already ended");
    case "job_cancelled":
      return new ApiError(409, "conflict", "The job was cancelled");
    case "not_retryable":
      return new ApiError(409, "conflict", "Only a failed or quarantined job can be retried");
    case "not_waiting":
    case "stale_task":
      return new ApiError(409, "conflict", "Job is not in a state that can be approved");
    case "unknown_decision":
      return new ApiError(400, "unknown_decision", "Invalid decision for this job");
    case "already_decided":
      return new ApiError(409, "already_decided", "The approval was decided already");
  }
}
