/**
 * What the engine does with a failed task: `retry` it with backoff until its attempts are used up, put the job into
 * `quarantine` for an operator at once, or `fail` the job. A state that declares `transitions.failure` overrides all three.
 */
export type ErrorPolicy = "retry" | "quarantine" | "fail";

/** The codes a task may report, and what each of them means for the job. */
export const errorPolicies = {
  TRANSIENT_ERROR: "retry",
  RESOURCE_EXHAUSTED_ERROR: "retry",
  TIMEOUT_ERROR: "retry",
  INTERNAL_ERROR: "retry",
  PERMANENT_ERROR: "quarantine",
  SECURITY_ERROR: "quarantine",
  DEPENDENCY_ERROR: "quarantine",
  CONTRACT_VIOLATION: "quarantine",
  INVALID_INPUT_ERROR: "fail",
  // Words of the reference orchestrator's workers beside those above.
  LIMIT_EXCEEDED_ERROR: "retry",
  DEPENDENCY_MISSING_ERROR: "retry",
  LATE_RESULT: "retry",
  CONTRACT_VIOLATION_ERROR: "quarantine",
  INTEGRITY_MISMATCH_ERROR: "fail",
} as const satisfies Record<string, ErrorPolicy>;

export type ErrorCode = keyof typeof errorPolicies;

export const errorCodes = Object.keys(errorPolicies) as ErrorCode[];

/** True for the codes of the table; codes are case-sensitive. */
export function isErrorCode(code: string): code is ErrorCode {
  return Object.hasOwn(errorPolicies, code);
}

/** The policy of a code from anywhere (a remote worker may send any word): unknown codes are retried. */
export function policyOf(code: string): ErrorPolicy {
  return isErrorCode(code) ? errorPolicies[code] : "retry";
}
