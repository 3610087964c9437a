import type { ErrorCode } from "@/lib/error-code";
import type { JsonObject } from "@/lib/json";
import { storableText } from "@/server/workers/storable-json";
import { type BridgeCode, BridgeError } from "./bridge/bridge-error";
import { failure, failureOf, type TaskOutcome } from "./task-outcome";

/** What the engine is told for each fault of the bridge: its error table decides on another attempt. */
const ENGINE_CODES = {
  INVALID_TASK: "INVALID_INPUT_ERROR",
  INVALID_INPUT: "INVALID_INPUT_ERROR",
  INPUT_TOO_LARGE: "INVALID_INPUT_ERROR",
  BRIDGE_SATURATED: "TRANSIENT_ERROR",
  QUEUE_TTL_EXPIRED: "TRANSIENT_ERROR",
  BLOCKING_NOT_ALLOWED: "INTERNAL_ERROR",
  NESTED_BLOCKING_CALL: "INTERNAL_ERROR",
  BRIDGE_UNAVAILABLE: "TRANSIENT_ERROR",
  TASK_TIMEOUT: "TIMEOUT_ERROR",
  TASK_STUCK: "TIMEOUT_ERROR",
  TASK_CANCELLED: "TRANSIENT_ERROR",
  WAIT_TIMEOUT: "TIMEOUT_ERROR",
  TASK_OOM: "RESOURCE_EXHAUSTED_ERROR",
  TASK_CRASHED: "INTERNAL_ERROR",
  BRIDGE_LOST: "TRANSIENT_ERROR",
  RESULT_NOT_SERIALIZABLE: "CONTRACT_VIOLATION",
  RESULT_INVALID: "CONTRACT_VIOLATION",
  RESULT_TOO_LARGE: "CONTRACT_VIOLATION",
  BRIDGE_CLOSED: "TRANSIENT_ERROR",
} as const satisfies Record<BridgeCode, ErrorCode>;

const MOST_LOG_LINES = 20;
const MOST_LINE_LENGTH = 300;

/** What an attempt came to that its slot could not bring to an end. */
export function outcomeOfFault(thrown: unknown, limitMs: number | null): TaskOutcome {
  if (!(thrown instanceof BridgeError)) return failureOf(thrown);
  const { outcome, error } = failure(ENGINE_CODES[thrown.code], messageOf(thrown, limitMs));
  const { retryAfterMs } = thrown.details;
  const wait = retryAfterMs === undefined ? {} : { retryAfterMs };
  return { outcome, error: { code: "", message: "", ...error, details: detailsOf(thrown) }, ...wait };
}

/** No slot could be started; a module that does not load is the task's own fault, and says of no time to wait. */
export function isUnplaced(thrown: unknown): boolean {
  return (
    thrown instanceof BridgeError && thrown.code === "BRIDGE_UNAVAILABLE" && thrown.details.retryAfterMs !== undefined
  );
}

function messageOf({ code, details, message }: BridgeError, limitMs: number | null): string {
  if (code !== "TASK_TIMEOUT" || limitMs === null) return message;
  const ended = details.phase === "hard" ? ", and was ended because it did not stop when it was told to" : "";
  return `The task ran longer than its limit of ${limitMs / 1000} s${ended}`;
}

/** `{bridge, phase?, exit_code?, signal?, path?, log?}`: what people need to see why. */
function detailsOf({ code, details }: BridgeError): JsonObject {
  const { phase, exitCode, signal, path, log } = details;
  const told: Record<string, JsonObject[string] | undefined> = {
    bridge: code,
    phase,
    exit_code: exitCode ?? undefined,
    signal: signal ?? undefined,
    path,
    log: log?.length ? log.slice(-MOST_LOG_LINES).map(lineOf) : undefined,
  };
  return Object.fromEntries(Object.entries(told).filter(([, value]) => value !== undefined)) as JsonObject;
}

function lineOf(line: string): string {
  return storableText(line.length > MOST_LINE_LENGTH ? `${line.slice(0, MOST_LINE_LENGTH)}…` : line);
}
