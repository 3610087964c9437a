/** A text that the store's encoding or Postgres cannot hold; `jobId` names the change that brought it. */
export class UnstorableTextError extends Error {
  override readonly name = "UnstorableTextError";
  constructor(
    readonly jobId: string | null,
    readonly field: string,
    character: string,
  ) {
    super(`${field} contains the control character ${character}, which cannot be stored; remove it`);
  }
}

/** Connections that died, servers that restart, deadlocks: the same work, done again from a fresh load, may succeed. */
const TRANSIENT_STATES = new Set([
  "40P01",
  "40001",
  "55P03",
  "57014",
  "57P01",
  "57P02",
  "57P03",
  "53300",
  "25P03",
  "57P05",
]);
const TRANSIENT_SYSTEM_CODES = new Set([
  "ECONNRESET",
  "ECONNREFUSED",
  "ECONNABORTED",
  "EPIPE",
  "ETIMEDOUT",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "EAI_AGAIN",
  "ENOENT",
]);
const TRANSIENT_MESSAGES =
  /^(Connection terminated|Client was closed|Client has encountered a connection error|timeout expired|Query read timeout|timeout exceeded when trying to connect|Lane is closed)/;

function codeOf(error: unknown): string | undefined {
  if (typeof error !== "object" || error === null || !("code" in error)) return undefined;
  return typeof error.code === "string" ? error.code : undefined;
}

/** Drizzle wraps what the driver throws; the code is on the innermost error. */
function innermost(error: unknown): unknown {
  let current = error;
  for (
    let depth = 0;
    depth < 5 && current instanceof Error && codeOf(current) === undefined && current.cause;
    depth++
  ) {
    current = current.cause;
  }
  return current;
}

/** True when the outcome is unknown or nothing happened, and the same work may be tried again after a fresh load. */
export function isTransient(error: unknown): boolean {
  const inner = innermost(error);
  if (inner instanceof AggregateError) return inner.errors.some(isTransient);
  const code = codeOf(inner);
  if (code !== undefined) {
    return TRANSIENT_STATES.has(code) || /^08[0-9A-Z]{3}$/.test(code) || TRANSIENT_SYSTEM_CODES.has(code);
  }
  return inner instanceof Error && TRANSIENT_MESSAGES.test(inner.message);
}

/** True when the error came from the database or the way to it, whatever it says; false for one of our own code. */
export function isStoreError(error: unknown): boolean {
  return isTransient(error) || codeOf(innermost(error)) !== undefined;
}

/** True when a row of this kind exists already (a unique index refused it). */
export function isDuplicate(error: unknown): boolean {
  return codeOf(innermost(error)) === "23505";
}

/** True when other rows need the one that was to be deleted. */
export function isReferenced(error: unknown): boolean {
  return codeOf(innermost(error)) === "23503";
}

/** True when the data itself is refused (classes 22 and 23, or a text that cannot be stored): trying again is no use. */
export function isDataError(error: unknown): boolean {
  const inner = innermost(error);
  if (inner instanceof UnstorableTextError) return true;
  const code = codeOf(inner);
  return code !== undefined && /^2[23][0-9A-Z]{3}$/.test(code);
}
