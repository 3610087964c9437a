/** Bounds of the engine; reaching one is a stated failure. */
export const MAX_EVENTS = 2_000_000;
/** A task that vanished with its worker this many times is quarantined, whatever its retries. */
export const MAX_LOSSES = 3;

/** Ids of workers' events that a job remembers, so that one that is sent again counts once. */
export const MOST_HEARD = 200;

/** A worker may ask for a later retry, up to an hour. */
export const MAX_RETRY_AFTER_MS = 3_600_000;

/** How deep child jobs may stand below the first one. */
export const MAX_DEPTH = 16;
/** Longest wait, in milliseconds: what is later is a mistake (ten years). */
export const MAX_WAIT_MS = 3_650 * 24 * 3_600_000;

/** How long a handler may run unless its state says otherwise, and what is added before somebody else may run it. */
export const HANDLER_LIMIT_MS = 30_000;
export const HANDLER_GRACE_MS = 5_000;
export const MAX_HANDLER_FAILURES = 3;
/** What a handler may give at once (its action, data and events), in characters of JSON. */
export const MAX_HANDLER_CHARS = 4 * 1024 * 1024;

export const DEFAULT_RETRY = { maxAttempts: 3, baseMs: 500, maxMs: 30_000, jitter: true } as const;
