/** What can go wrong between a caller and a task, and what the caller may make of it. */
export interface BridgeFault {
  /** Another try may bring another end. */
  retryable: boolean;
  /** What an HTTP route answers with. */
  httpStatus: number;
}

/** Every code that the bridge itself states; errors of tasks come through as they are. */
export const bridgeFaults = {
  INVALID_TASK: { retryable: false, httpStatus: 400 },
  INVALID_INPUT: { retryable: false, httpStatus: 400 },
  INPUT_TOO_LARGE: { retryable: false, httpStatus: 413 },
  BRIDGE_SATURATED: { retryable: true, httpStatus: 429 },
  QUEUE_TTL_EXPIRED: { retryable: true, httpStatus: 503 },
  BLOCKING_NOT_ALLOWED: { retryable: false, httpStatus: 500 },
  NESTED_BLOCKING_CALL: { retryable: false, httpStatus: 500 },
  BRIDGE_UNAVAILABLE: { retryable: true, httpStatus: 503 },
  TASK_TIMEOUT: { retryable: true, httpStatus: 504 },
  TASK_STUCK: { retryable: true, httpStatus: 504 },
  TASK_CANCELLED: { retryable: false, httpStatus: 409 },
  WAIT_TIMEOUT: { retryable: false, httpStatus: 202 },
  TASK_OOM: { retryable: true, httpStatus: 500 },
  TASK_CRASHED: { retryable: true, httpStatus: 500 },
  BRIDGE_LOST: { retryable: true, httpStatus: 503 },
  RESULT_NOT_SERIALIZABLE: { retryable: false, httpStatus: 500 },
  RESULT_INVALID: { retryable: false, httpStatus: 500 },
  RESULT_TOO_LARGE: { retryable: false, httpStatus: 500 },
  BRIDGE_CLOSED: { retryable: true, httpStatus: 503 },
} as const satisfies Record<string, BridgeFault>;

export type BridgeCode = keyof typeof bridgeFaults;

/** How far a stop had to go: `soft`, the task ended when it was told; `hard`, it was killed. */
export type StopPhase = "soft" | "hard";

export interface BridgeErrorDetails {
  phase?: StopPhase;
  reason?: string;
  exitCode?: number | null;
  signal?: string | null;
  limitMs?: number;
  /** Path of the member at fault, as in `rows.3.when`. */
  path?: string;
  /** The last lines that the task logged before it was killed. */
  log?: readonly string[];
  retryAfterMs?: number;
}

/** A fault of the bridge; `code` says which, the message says what to do about it. */
export class BridgeError extends Error {
  override readonly name = "BridgeError";
  readonly retryable: boolean;
  readonly httpStatus: number;

  constructor(
    readonly code: BridgeCode,
    message: string,
    readonly details: BridgeErrorDetails = {},
    options?: { cause?: unknown },
  ) {
    super(message, options);
    this.retryable = bridgeFaults[code].retryable;
    this.httpStatus = bridgeFaults[code].httpStatus;
  }
}
