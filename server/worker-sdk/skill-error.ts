/** A failure that a skill understands. The message is shown to people: it names the thing at fault and the fix. */
export class SkillError extends Error {
  override readonly name: string = "SkillError";
  readonly code: string;
  readonly details?: unknown;
  /** How long the next attempt should wait, at least. */
  readonly retryAfterMs?: number;

  constructor(code: string, message: string, options: SkillErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    if (options.details !== undefined) this.details = options.details;
    if (options.retryAfterMs !== undefined) this.retryAfterMs = options.retryAfterMs;
  }
}

export interface SkillErrorOptions {
  /** JSON, shown beside the message. */
  details?: unknown;
  cause?: unknown;
  retryAfterMs?: number;
}

/** The input makes no sense: the job fails (`INVALID_INPUT_ERROR`). */
export class ValidationError extends SkillError {
  override readonly name = "ValidationError";
  constructor(message: string, options?: SkillErrorOptions) {
    super("INVALID_INPUT_ERROR", message, options);
  }
}

/** It may work next time: the task is tried again (`TRANSIENT_ERROR`), no sooner than after `retryAfterMs`. */
export class RetryableError extends SkillError {
  override readonly name = "RetryableError";
  constructor(message: string, options?: SkillErrorOptions) {
    super("TRANSIENT_ERROR", message, options);
  }
}

/** It will never work as it is: the job waits for a person (`PERMANENT_ERROR`). */
export class PermanentError extends SkillError {
  override readonly name = "PermanentError";
  constructor(message: string, options?: SkillErrorOptions) {
    super("PERMANENT_ERROR", message, options);
  }
}

/** The result is not what was promised (`CONTRACT_VIOLATION_ERROR`). */
export class ContractError extends SkillError {
  override readonly name = "ContractError";
  constructor(message: string, options?: SkillErrorOptions) {
    super("CONTRACT_VIOLATION_ERROR", message, options);
  }
}
