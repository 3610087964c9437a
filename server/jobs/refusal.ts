import type { IgnoredReason } from "@/server/engine/signal";
import { ApiError, notFound } from "@/server/errors";

/** How the API says that a signal changed nothing. */
export function ignoredRefusal(reason: IgnoredReason, detail?: string): ApiError {
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
    case "approval_changed":
      return new ApiError(409, "approval_changed", "The approval changed since you looked at it; look again");
    case "not_voted":
      return new ApiError(409, "conflict", "You have not decided, so there is nothing to take back");
    case "other_signal":
      return new ApiError(409, "conflict", `The job waits for another signal${detail ? `: ${detail}` : ""}`);
    case "already_paused":
      return new ApiError(409, "conflict", "The job is paused already");
    case "not_paused":
      return new ApiError(409, "conflict", "The job is not paused");
    case "quarantined":
      return new ApiError(409, "conflict", "The job is in quarantine: requeue it or give it up");
    case "not_quarantined":
      return new ApiError(409, "conflict", "The job is not in quarantine");
    case "unknown_state":
      return new ApiError(400, "unknown_state", `The blueprint has no such state${detail ? `; it has ${detail}` : ""}`);
    case "unknown_outcome":
      return new ApiError(
        400,
        "unknown_outcome",
        detail ? `No such word leads on from here; these do: ${detail}` : "Nothing can be completed by hand here",
      );
    case "invalid_data":
      return new ApiError(422, "invalid_data", detail ?? "The data does not match the blueprint's input schema");
    case "already_decided":
      return new ApiError(409, "already_decided", "The approval was decided already");
  }
}
