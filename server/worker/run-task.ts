import { setTimeout as delay } from "node:timers/promises";
import { faultPoint } from "@/server/fault-point";
import type { TaskContext, TaskFunction } from "@/server/tasks/task-function";
import { failure, failureOf, outcomeOf, type TaskOutcome } from "./task-outcome";

/** How long a task that was told to stop keeps its place before it is given up. */
const ABORT_GRACE_MS = 5_000;
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** Why an attempt is stopped from outside. `lost`: its session is gone, so nothing is reported. */
export type StopReason = "cancelled" | "lost" | "drained";

export interface TaskRun {
  /** What the attempt came to; never rejects. */
  outcome: Promise<TaskOutcome & { ms: number }>;
  /** Resolves when its code has ended, or has been given up after being told to stop; says which. */
  ended: Promise<"ended" | "abandoned">;
  stop(reason: StopReason): void;
}

export interface TaskRunRequest {
  run: TaskFunction;
  /** Gives the parameters; `over` gives what is aborted when the attempt is stopped. */
  params: (over: () => AbortSignal) => Promise<Record<string, unknown>> | Record<string, unknown>;
  context: Omit<TaskContext, "signal">;
  timeoutMs: number | null;
}

class TimeLimit extends Error {
  override readonly name = "TimeLimit";
}

class Stopped extends Error {
  override readonly name = "AbortError";
  constructor(readonly reason: StopReason) {
    super(`The task was stopped: ${reason}`);
  }
}

/** Tells an attempt to stop, once. Its signal is made when somebody asks for it: a short task rarely does. */
class Stop {
  reason: TimeLimit | Stopped | null = null;
  private controller: AbortController | null = null;

  constructor(private readonly told: () => void) {}

  get signal(): AbortSignal {
    this.controller ??= new AbortController();
    if (this.reason) this.controller.abort(this.reason);
    return this.controller.signal;
  }

  now(reason: TimeLimit | Stopped): void {
    if (this.reason) return;
    this.reason = reason;
    this.controller?.abort(reason);
    this.told();
  }
}

/** Runs one attempt under its time limit; the function is told to stop through `context.signal`. */
export function runTask(request: TaskRunRequest): TaskRun {
  const startedAt = performance.now();
  let stopped = (): void => undefined;
  const stop = new Stop(() => stopped());
  const work = perform(request, stop);
  const limit = limitTimer(request.timeoutMs, stop);
  const outcome = new Promise<TaskOutcome & { ms: number }>((resolve) => {
    const settle = ({ outcome, data, error, retryAfterMs }: TaskOutcome) => {
      clearTimeout(limit);
      resolve({ outcome, data, error, retryAfterMs, ms: Math.round(performance.now() - startedAt) });
    };
    stopped = () => settle(stoppedOutcome(stop.reason, request.timeoutMs));
    void work.then(settle);
  });
  return {
    outcome,
    ended: outcome.then(() => (stop.reason ? endedInTime(work) : "ended")),
    stop: (reason) => stop.now(new Stopped(reason)),
  };
}

/** What the code came to, if nothing stopped it; never rejects. */
async function perform({ run, params, context }: TaskRunRequest, stop: Stop): Promise<TaskOutcome> {
  try {
    faultPoint("worker.before_start");
    const given = await params(() => stop.signal);
    return outcomeOf(await run(given, new StoppableContext(context, stop)));
  } catch (thrown) {
    return failureOf(thrown);
  }
}

/** A context whose signal is made on the first look at it. */
class StoppableContext implements TaskContext {
  readonly jobId: string;
  readonly taskId: string;
  readonly attempt: number;
  readonly idempotencyKey: string;
  readonly progress: TaskContext["progress"];
  readonly files: TaskContext["files"];
  readonly stores: TaskContext["stores"];

  constructor(
    given: Omit<TaskContext, "signal">,
    private readonly stop: Stop,
  ) {
    this.jobId = given.jobId;
    this.taskId = given.taskId;
    this.attempt = given.attempt;
    this.idempotencyKey = given.idempotencyKey;
    this.progress = given.progress;
    this.files = given.files;
    this.stores = given.stores;
  }

  get signal(): AbortSignal {
    return this.stop.signal;
  }
}

async function endedInTime(work: Promise<unknown>): Promise<"ended" | "abandoned"> {
  const grace = new AbortController();
  try {
    return await Promise.race([
      work.then(() => "ended" as const),
      delay(ABORT_GRACE_MS, "abandoned" as const, { ref: false, signal: grace.signal }),
    ]);
  } finally {
    grace.abort();
  }
}

function limitTimer(timeoutMs: number | null, stop: Stop): NodeJS.Timeout | undefined {
  if (timeoutMs === null) return undefined;
  return setTimeout(() => stop.now(new TimeLimit()), Math.min(timeoutMs, LONGEST_TIMER_MS));
}

function stoppedOutcome(reason: unknown, timeoutMs: number | null): TaskOutcome {
  if (reason instanceof TimeLimit) {
    return failure("TIMEOUT_ERROR", `The task ran longer than its limit of ${(timeoutMs ?? 0) / 1000} s`);
  }
  return { outcome: "cancelled" };
}
