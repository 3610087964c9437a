import type { ErrorCode } from "@/lib/error-code";
import type { DocumentStore } from "@/server/documents/document-store";
import type { BlobStore } from "@/server/files/blob-store";
import type { ReportWriter } from "@/server/tasks/report-store";

/** What tasks may ask of the database; wired by whoever starts the worker. */
export interface TaskStores {
  reports: ReportWriter;
  documents: DocumentStore;
}

/** What a running attempt is given besides its parameters. */
export interface TaskContext {
  /** The job's uuid. */
  jobId: string;
  /** The attempt's id, `<job>.<no>.<fence>`. */
  taskId: string;
  /** Counted from 1. */
  attempt: number;
  /** The same on every attempt of one task: what makes a repeated side effect harmless. */
  idempotencyKey: string;
  /** Aborted when the attempt is cancelled, has lost its lease, or is over its time limit. */
  signal: AbortSignal;
  /** Tells watchers how far the work is, 0…1; only the last value is kept. */
  progress(fraction: number, message?: string): void;
  files: BlobStore;
  stores: TaskStores;
  /** Lines for the worker's log, which names the job, the task and the attempt beside them. */
  log: TaskLog;
}

export type TaskLogLine = (message: string, fields?: Record<string, unknown>) => void;

export interface TaskLog {
  debug: TaskLogLine;
  info: TaskLogLine;
  warn: TaskLogLine;
  error: TaskLogLine;
}

/** `status` is the outcome word that picks the transition (default `success`); `data` is merged into the job's history. */
export interface TaskResult {
  status?: string;
  data?: Record<string, unknown>;
}

/**
 * The work of one task type. Anything returned that has neither `status` nor `data` counts as the data itself.
 * Expected failures are thrown as `TaskError`; any other error is reported as `INTERNAL_ERROR` by the runner.
 */
export type TaskFunction = (
  params: Record<string, unknown>,
  context: TaskContext,
) => Promise<TaskResult | Record<string, unknown>>;

/** A failure that the task understands. The message is shown to people: it names the thing at fault and the fix. */
export class TaskError extends Error {
  override readonly name = "TaskError";
  readonly code: ErrorCode;
  readonly details?: unknown;
  /** How long the next attempt should wait, at least; an hour at most is granted. */
  readonly retryAfterMs?: number;

  constructor(
    code: ErrorCode,
    message: string,
    options: { details?: unknown; cause?: unknown; retryAfterMs?: number } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    if (options.details !== undefined) this.details = options.details;
    if (options.retryAfterMs !== undefined) this.retryAfterMs = options.retryAfterMs;
  }
}

/** Modules of somebody else may have a copy of the class of their own. */
export function isTaskError(thrown: unknown): thrown is TaskError {
  if (thrown instanceof TaskError) return true;
  return (
    thrown instanceof Error && thrown.name === "TaskError" && typeof (thrown as Partial<TaskError>).code === "string"
  );
}
