import type { HttpAnswer } from "./http-client";

/** The orchestrator answered with an error. */
export class WireError extends Error {
  override readonly name = "WireError";

  constructor(
    readonly status: number,
    readonly code: string | null,
    message: string,
    /** As asked by `Retry-After`; null: it did not. */
    readonly retryAfterMs: number | null,
  ) {
    super(message);
  }

  /** The worker is not registered (any more). */
  get isUnknownWorker(): boolean {
    return this.status === 404;
  }

  /** Sending the same again may work. */
  get isPassing(): boolean {
    return this.status === 408 || this.status === 425 || this.status === 429 || this.status >= 500;
  }
}

/** The JSON object of an answer; null when it is none. */
export function jsonOf(answer: HttpAnswer): Record<string, unknown> | null {
  if (answer.body.length === 0) return null;
  try {
    const value: unknown = JSON.parse(answer.body.toString("utf8"));
    return typeof value === "object" && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : null;
  } catch {
    return null;
  }
}

/** The error that an answer of status 400 or more tells of. */
export function errorOf(answer: HttpAnswer, what: string): WireError {
  const body = jsonOf(answer);
  const said = typeof body?.error === "string" ? body.error : answer.body.toString("utf8", 0, 300);
  const code = typeof body?.code === "string" ? body.code : null;
  return new WireError(
    answer.status,
    code,
    `${what}: ${answer.status} ${said}`,
    retryAfterOf(answer.headers["retry-after"]),
  );
}

/** Seconds, or a date. */
function retryAfterOf(value: string | undefined): number | null {
  if (value === undefined) return null;
  const seconds = Number(value);
  if (value.trim() !== "" && Number.isFinite(seconds)) return Math.max(0, seconds * 1_000);
  const date = Date.parse(value);
  return Number.isNaN(date) ? null : Math.max(0, date - Date.now());
}
