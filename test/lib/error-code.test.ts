import { expect, it } from "vitest";
import { errorCodes, isErrorCode, policyOf } from "@/lib/error-code";

it.each([
  ["TRANSIENT_ERROR", "retry"],
  ["RESOURCE_EXHAUSTED_ERROR", "retry"],
  ["TIMEOUT_ERROR", "retry"],
  ["INTERNAL_ERROR", "retry"],
  ["PERMANENT_ERROR", "quarantine"],
  ["SECURITY_ERROR", "quarantine"],
  ["DEPENDENCY_ERROR", "quarantine"],
  ["INVALID_INPUT_ERROR", "fail"],
  ["LIMIT_EXCEEDED_ERROR", "retry"],
  ["DEPENDENCY_MISSING_ERROR", "retry"],
  ["LATE_RESULT", "retry"],
  ["CONTRACT_VIOLATION_ERROR", "quarantine"],
  ["INTEGRITY_MISMATCH_ERROR", "fail"],
  ["SOMETHING_ELSE", "retry"],
  ["constructor", "retry"],
  ["", "retry"],
])("%s: %s", (code, policy) => {
  expect(policyOf(code)).toBe(policy);
});

it("knows its own codes and no others", () => {
  expect(errorCodes.every(isErrorCode)).toBe(true);
  expect(["permanent_error", "toString", ""].some(isErrorCode)).toBe(false);
});
