import type { JsonValue } from "@/lib/json";
import type { Signal, TaskReport } from "@/server/engine/signal";
import { faultPoint } from "@/server/fault-point";
import type { Delivery, WorkerQueue } from "@/server/queue/contract";
import { createBackoff } from "@/server/workers/backoff";
import { fractionOf, progressMessageOf } from "@/server/workers/task-progress";
import type { Attempt, Hand } from "./hand";
import type { ProgressSaver } from "./progress";
import type { Reporter } from "./report";
import type { RunOutcome, TaskRun } from "./run-task";
import type { TaskOutcome } from "./task-outcome";
import type { AttemptRequest, TaskRuntime } from "./task-runtime";

/**
 * A delivery that waited longer than this in the hand is checked for a cancel before it starts. One that is cancelled is
 * taken out as soon as the word arrives; the check is for words that were lost on the way.
 */
const FRESH_MS = 500;

export interface AttemptsOptions {
  hand: Hand;
  queue: Pick<WorkerQueue, "cancelled">;
  reporter: Reporter;
  progress: ProgressSaver;
  runtime: Pick<TaskRuntime, "run">;
  /** JSON value of a task's params; undefined when the task is gone. */
  taskParams: (jobId: string, no: number) => Promise<JsonValue | undefined>;
  worker: string;
  sessionId: string;
  /** A task still running after this long reports its start. */
  startReportMs: number;
  onError: (error: unknown, what: string) => void;
  onFinished: (type: string, outcome: TaskOutcome & { ms: number }) => void;
  onAbandoned: (type: string) => void;
  /** An attempt has run for so long that its start is reported. */
  onLong: (ms: number) => void;
}

export interface Attempts {
  /** Starts what waits, as far as there are places. */
  startWaiting(): void;
  /** Somebody cancelled the task `<job>.<no>`. */
  cancel(taskId: string): void;
  /** The session is gone: stops all code; what it came to is not reported. */
  abandonAll(): void;
  /** Stops all code. Others get each task once it has left its place, with no attempt burned; what was done is reported. */
  handBackAll(): void;
  /** Hands back even what has not left its place, and reports nothing more. */
  giveUpRunning(): void;
}

const SHUT_DOWN = { stoppedFor: "shutdown" } as const;

/** How long a start waits for its report to be taken. */
const KNOWN_WITHIN_MS = 2_000;

/** Runs the attempts of a hand and reports what they came to. */
export function createAttempts(options: AttemptsOptions): Attempts {
  const { hand, queue, reporter } = options;
  /** Whether outcomes are of use: no more after a hand-back of everything, nor after the loss of the session. */
  let silent = false;
  /** What has no outcome yet goes to others. */
  let leaving = false;

  function startWaiting(): void {
    const next = hand.nextToRun();
    const now = performance.now();
    const stale = next.filter((attempt) => now - attempt.takenAt > FRESH_MS);
    for (const attempt of next) if (!stale.includes(attempt)) start(attempt);
    if (stale.length > 0) void startChecked(stale);
  }

  async function startChecked(attempts: Attempt[]): Promise<void> {
    const tasks = attempts.map(({ delivery: { message } }) => ({ jobId: message.jobId, no: message.no }));
    let cancelled: boolean[] = [];
    try {
      cancelled = await queue.cancelled(tasks);
    } catch (error) {
      options.onError(error, "could not look for cancelled tasks; their results will be refused");
    }
    attempts.forEach((attempt, index) => {
      if (cancelled[index]) attempt.cancelled = true;
      start(attempt);
    });
  }

  function start(attempt: Attempt): void {
    if (silent || leaving || attempt.cancelled) {
      if (!silent) settle(attempt, { outcome: "cancelled", ms: 0, ...(attempt.cancelled ? {} : SHUT_DOWN) });
      leave(attempt);
      return;
    }
    const { message } = attempt.delivery;
    if (message.fence > message.attempt && !attempt.isStartReported) {
      void startKnown(attempt);
      return;
    }
    let starting: NodeJS.Timeout | undefined;
    const onStarted = () => {
      // It may begin twice: the first slot can fall over before its code is at work.
      clearTimeout(starting);
      starting = setTimeout(() => tellLong(attempt), options.startReportMs);
    };
    attempt.run = options.runtime.run({ ...requestOf(attempt, options), onStarted });
    void follow(attempt, attempt.run, () => clearTimeout(starting));
  }

  /** A task that was handed out before may be what ended its worker: that it begins is known before it does. */
  async function startKnown(attempt: Attempt): Promise<void> {
    reportStart(attempt);
    await reporter.flushed(KNOWN_WITHIN_MS);
    start(attempt);
  }

  function tellLong(attempt: Attempt): void {
    if (!attempt.isStartReported) reportStart(attempt, options.startReportMs);
    options.onLong(options.startReportMs);
  }

  async function follow(attempt: Attempt, run: TaskRun, onEnded: () => void): Promise<void> {
    const outcome = await run.outcome;
    onEnded();
    const { message } = attempt.delivery;
    options.progress.forget(message.jobId, message.no);
    if (!silent) settle(attempt, outcome);
    if ((await run.ended) === "abandoned") options.onAbandoned(message.type);
    leave(attempt);
  }

  function leave(attempt: Attempt): void {
    hand.done(attempt);
    if (!silent && !leaving) startWaiting();
  }

  function settle(attempt: Attempt, outcome: RunOutcome): void {
    if (outcome.isUnplaced || outcome.stoppedFor === "shutdown") return handBack(attempt);
    report(attempt, outcome);
    if (attempt.run) options.onFinished(attempt.delivery.message.type, outcome);
  }

  function reportStart(attempt: Attempt, ms = 0): void {
    if (silent) return;
    const { jobId, no, fence } = attempt.delivery.message;
    const { worker, sessionId: session } = options;
    const signal: Signal = { kind: "task_started", jobId, no, fence, worker, session, ...(ms > 0 ? { ms } : {}) };
    reporter.add({ signal, receipt: attempt.receipt });
    attempt.receipt = null;
    attempt.isStartReported = true;
  }

  function report(attempt: Attempt, reported: TaskOutcome & { ms: number }): void {
    const { outcome, data, error, retryAfterMs, ms } = reported;
    const { jobId, no, fence } = attempt.delivery.message;
    const signal: TaskReport = { kind: "task_result", jobId, no, fence, worker: options.worker, outcome, ms };
    if (data !== undefined) signal.data = data;
    if (error !== undefined) signal.error = error;
    if (retryAfterMs !== undefined) signal.retryAfterMs = retryAfterMs;
    for (const receipt of [attempt.receipt, ...attempt.duplicates]) reporter.add({ signal, receipt });
    attempt.receipt = null;
    attempt.duplicates = [];
  }

  /** Others get it, with no attempt burned. */
  function handBack(attempt: Attempt): void {
    const { jobId, no, fence } = attempt.delivery.message;
    const signal: Signal = { kind: "delivery_lost", jobId, no, fence, worker: options.worker, handedBack: true };
    for (const receipt of [attempt.receipt, ...attempt.duplicates]) reporter.add({ signal, receipt });
    attempt.receipt = null;
    attempt.duplicates = [];
  }

  return {
    startWaiting,
    cancel(taskId) {
      const { waiting, running } = hand.ofTask(taskId);
      for (const attempt of waiting) {
        hand.removeWaiting(attempt);
        report(attempt, { outcome: "cancelled", ms: 0 });
      }
      for (const attempt of running) {
        attempt.cancelled = true;
        attempt.run?.stop("cancelled");
      }
    },
    abandonAll() {
      silent = true;
      for (const attempt of hand.running.values()) attempt.run?.stop("lost");
    },
    handBackAll() {
      leaving = true;
      if (hand.running.size > 0) faultPoint("worker.before_give_up");
      for (const attempt of hand.running.values()) attempt.run?.stop("shutdown");
    },
    giveUpRunning() {
      silent = true;
      for (const attempt of hand.running.values()) handBack(attempt);
    },
  };
}

function requestOf(attempt: Attempt, options: AttemptsOptions): AttemptRequest {
  const { message } = attempt.delivery;
  const { jobId, no, fence } = message;
  return {
    type: message.type,
    jobId,
    taskId: attempt.id,
    attempt: message.attempt,
    idempotencyKey: attempt.taskId,
    timeoutMs: message.timeoutMs,
    params: message.params ?? ((over) => readParams(message, over, options)),
    onProgress(fraction, told) {
      if (!options.hand.running.has(attempt.id)) return;
      const progress = { progress: fractionOf(fraction), message: progressMessageOf(told) };
      options.progress.set({ jobId, no, fence, ...progress });
    },
  };
}

/** The params of the task's row; tries again while the database is away. */
async function readParams(
  message: Delivery["message"],
  over: AbortSignal,
  options: Pick<AttemptsOptions, "taskParams" | "onError">,
): Promise<string> {
  const backoff = createBackoff();
  while (true) {
    try {
      return JSON.stringify((await options.taskParams(message.jobId, message.no)) ?? null);
    } catch (error) {
      if (over.aborted) throw error;
      options.onError(error, `could not read the params of task ${message.jobId}.${message.no}`);
      await backoff.failed(over);
    }
  }
}

/** Waits until nothing runs, at most `waitMs`; says whether that came to be. */
export async function allEnded(hand: Hand, waitMs: number): Promise<boolean> {
  const until = performance.now() + waitMs;
  while (hand.running.size > 0) {
    const left = until - performance.now();
    if (left <= 0) return false;
    await hand.nextChange(left);
  }
  return true;
}
