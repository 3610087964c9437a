import type { ErrorDetail } from "@/lib/api/error";
import type { DataFault, IgnoredReason } from "@/server/engine/signal";
import { ApiError, notFound } from "@/server/errors";
import type { ApplyResult } from "@/server/turn/engine-contract";

type JobNow = NonNullable<Extract<ApplyResult, { applied: false }>["job"]>;

/** What is known beside the reason: the engine's own words, and where the job stands. */
export interface RefusalFacts {
  detail?: string;
  faults?: DataFault[];
  job?: JobNow;
}

/** How the API says that a signal changed nothing; a 409 says in its details where the job stands. */
export function ignoredRefusal(reason: IgnoredReason, { detail, faults, job }: RefusalFacts = {}): ApiError {
  const conflict = (message: string, more: Partial<ErrorDetail> = {}) =>
    new ApiError(409, "conflict", message, job ? { details: [{ ...standing(job), ...more }] } : {});
  switch (reason) {
    case "job_not_found":
      return notFound("Job");
    case "job_already_terminated":
      return conflict("The job has already ended");
    case "job_cancelled":
      return conflict("The job was cancelled");
    case "not_retryable":
      return conflict("Only a failed or quarantined job can be retried");
    case "not_waiting":
      return conflict("The job does not wait for this");
    case "already_heard":
      return conflict("This event was heard before");
    case "stale_task":
      return conflict("This attempt is no longer current");
    case "unknown_decision":
      return new ApiError(400, "unknown_decision", "Invalid decision for this job");
    case "approval_changed":
      return new ApiError(409, "approval_changed", "The approval changed since you looked at it; look again");
    case "not_voted":
      return conflict("You have not decided, so there is nothing to take back");
    case "other_signal":
      return conflict(`The job waits for another signal${detail ? `: ${detail}` : ""}`, { waits_for: detail });
    case "already_paused":
      return conflict("The job is paused already");
    case "not_paused":
      return conflict("The job is not paused");
    case "quarantined":
      return conflict("The job is in quarantine: requeue it or give it up");
    case "not_quarantined":
      return conflict("The job is not in quarantine");
    case "unknown_state":
      return unknownState(detail);
    case "unknown_outcome":
      return unknownOutcome(detail);
    case "invalid_data":
      return invalidData(detail, faults);
    case "already_decided":
      return new ApiError(409, "already_decided", "The approval was decided already");
  }
}

/** Where the job stands, in words and as data. */
export function standing({ version, status, state }: JobNow): ErrorDetail {
  return { message: `The job is ${status} in '${state}'`, status, state, version };
}

function unknownState(names: string | undefined): ApiError {
  return new ApiError(400, "unknown_state", `The blueprint has no such state${names ? `; it has ${names}` : ""}`, {
    details: [{ path: "state", message: "is no state of this blueprint", ...fixOf(names) }],
  });
}

function unknownOutcome(words: string | undefined): ApiError {
  const message = words
    ? `No such word leads on from here; these do: ${words}`
    : "Nothing can be completed by hand here";
  return new ApiError(400, "unknown_outcome", message, {
    details: [{ path: "outcome", message: "does not lead out of the current state", ...fixOf(words) }],
  });
}

function fixOf(words: string | undefined): { fix?: string } {
  return words ? { fix: `Use one of ${words}` } : {};
}

function invalidData(detail: string | undefined, faults: DataFault[] = []): ApiError {
  const message = detail ?? "The data does not match the blueprint's input_schema";
  return new ApiError(422, "invalid_data", message, {
    details: faults.map(({ path, message, fix }) => ({ path: `patch.${path}`, message, fix })),
  });
}
