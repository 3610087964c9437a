/** Bounds of the engine; reaching one is a stated failure. */
export const MAX_EVENTS = 2_000_000;
/** A task that vanished with its worker this many times is quarantined, whatever its retries. */
export const MAX_LOSSES = 3;

/** How long a handler may run unless its state says otherwise, and what is added before somebody else may run it. */
export const HANDLER_LIMIT_MS = 30_000;
export const HANDLER_GRACE_MS = 5_000;
export const MAX_HANDLER_FAILURES = 3;

export const DEFAULT_RETRY = { maxAttempts: 3, baseMs: 500, maxMs: 30_000, jitter: true } as const;
