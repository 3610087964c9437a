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
  /** Reads the parameters; given up when the attempt is stopped. */
  params: (signal: AbortSignal) => Promise<Record<string, unknown>>;
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

/** Runs one attempt under its time limit; the function is told to stop through `context.signal`. */
export function runTask(request: TaskRunRequest): TaskRun {
  const controller = new AbortController();
  const { signal } = controller;
  const startedAt = performance.now();
  const limit = limitTimer(request.timeoutMs, controller);
  const work = (async () => {
    faultPoint("worker.before_start");
    return outcomeOf(await request.run(await request.params(signal), { ...request.context, signal }));
  })();
  const settled = work.then(
    () => undefined,
    () => undefined,
  );
  const outcome = Promise.race([work, aborted(signal)])
    .then(
      (result) => (signal.aborted ? stoppedOutcome(signal.reason, request.timeoutMs) : result),
      (thrown: unknown) => (signal.aborted ? stoppedOutcome(signal.reason, request.timeoutMs) : failureOf(thrown)),
    )
    .then((result) => {
      clearTimeout(limit);
      return { ...result, ms: Math.round(performance.now() - startedAt) };
    });
  const ended = outcome.then(() =>
    Promise.race([
      settled.then(() => "ended" as const),
      delay(ABORT_GRACE_MS, undefined, { ref: false }).then(() => "abandoned" as const),
    ]),
  );
  return { outcome, ended, stop: (reason) => controller.abort(new Stopped(reason)) };
}

function limitTimer(timeoutMs: number | null, controller: AbortController): NodeJS.Timeout | undefined {
  if (timeoutMs === null) return undefined;
  return setTimeout(() => controller.abort(new TimeLimit()), Math.min(timeoutMs, LONGEST_TIMER_MS));
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener("abort", () => reject(signal.reason), { once: true });
  });
}

function stoppedOutcome(reason: unknown, timeoutMs: number | null): TaskOutcome {
  if (reason instanceof TimeLimit) {
    return failure("TIMEOUT_ERROR", `The task ran longer than its limit of ${(timeoutMs ?? 0) / 1000} s`);
  }
  return { outcome: "cancelled" };
}
