import type { z } from "zod";
import type { WorkerLog } from "./worker-log";

/** Schemas of the events of a skill, by their type. */
export type EventSchemas = Record<string, z.ZodType>;

/** What a running attempt is given besides its input. */
export interface SkillContext<Events extends EventSchemas = EventSchemas> {
  /** The attempt's id, as the orchestrator named it. */
  readonly taskId: string;
  readonly jobId: string;
  /** The same on every attempt of one task: give it to whatever you change outside. */
  readonly idempotencyKey: string;
  /** Counted from 1. */
  readonly attempt: number;
  /** Milliseconds that the attempt had left when it came; null: no limit. */
  readonly limitMs: number | null;
  readonly priority: number;
  /** What the orchestrator sent along: the blueprint's name, what the job's client gave. */
  readonly metadata: Readonly<Record<string, unknown>>;
  /** Trace context of the job (`traceparent`, …), to be passed on. */
  readonly trace: Readonly<Record<string, string>>;
  /**
   * Aborted when the attempt is cancelled, over its deadline, lost, or given back by a worker that stops; `reason` is
   * a `TaskStopped`. Pass it on; code that goes on keeps its place for five seconds more.
   */
  readonly signal: AbortSignal;
  /** Tells watchers how far the work is, 0…1; only the last value is kept, at most two a second are sent. */
  progress(fraction: number, message?: string): void;
  /**
   * Says something to the job in the middle of the work. Resolves with whether it was taken (false: the task is not this
   * worker's any more). Throws a `ContractError` when the payload is not what the skill declares.
   */
  event<Type extends keyof Events & string>(type: Type, payload: z.input<Events[Type]>): Promise<boolean>;
  /** Adds to the `costs` of the result, beside `execution_time_seconds`. */
  cost(costs: Record<string, number>): void;
  /** The job's files. */
  readonly files: JobFiles;
  /**
   * Lets another skill do a part of the work and waits up to a minute for it; `error` stands in the answer when it failed.
   * Throws a `RetryableError` when it could not be asked, or took longer.
   */
  callSkill(name: string, params: Record<string, unknown>): Promise<SkillAnswer>;
  /** The worker's log, its lines marked with the job and the task. */
  readonly log: WorkerLog;
}

/** The files of the task's job, kept by the orchestrator. */
export interface JobFiles {
  /**
   * The content of a file: by the name that it was uploaded under for this job, by the URI that `write` gave, or by any
   * `http(s)` URI. Throws a `SkillError`: `DEPENDENCY_MISSING_ERROR` when it is not there, `SECURITY_ERROR` when it may
   * not be read, `INTEGRITY_MISMATCH_ERROR` when it is not as long as the task's metadata say.
   */
  read(nameOrUri: string): Promise<Buffer>;
  /** Keeps a file for the job and gives its URI; the result's `data_metadata` tell of it under `key` (the name). */
  write(name: string, content: string | Uint8Array, options?: { contentType?: string; key?: string }): Promise<string>;
}

export interface SkillAnswer {
  status: string;
  data: unknown;
  [more: string]: unknown;
}

export type StopReason = "cancelled" | "deadline" | "lost" | "drained";

/** Why `ctx.signal` was aborted. */
export class TaskStopped extends Error {
  override readonly name = "AbortError";
  constructor(readonly reason: StopReason) {
    super(`The task was stopped: ${reason}`);
  }
}
