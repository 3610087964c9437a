import { faultPoint } from "@/server/fault-point";
import type { Execution, ExecutionEnd } from "./bridge/executor";
import { isUnplaced, outcomeOfFault } from "./bridge-outcome";
import type { TaskOutcome } from "./task-outcome";

/** Why an attempt is stopped from outside. `lost`: its session is gone, so nothing is reported. */
export type StopReason = "cancelled" | "lost" | "shutdown";

/**
 * `isUnplaced`: there was no thread or process to be had for it, so that it has not been tried at all. `stoppedFor`: it was
 * stopped before it had an outcome of its own.
 */
export type RunOutcome = TaskOutcome & { ms: number; isUnplaced?: true; stoppedFor?: StopReason };

export interface TaskRun {
  /** What the attempt came to, once its code has ended or nothing can end it; never rejects. */
  outcome: Promise<RunOutcome>;
  /** Resolves when its code has left its place; says how. */
  ended: Promise<ExecutionEnd>;
  stop(reason: StopReason): void;
}

export interface TaskRunRequest {
  /** Begins to run the code with these parameters (JSON text). */
  execute: (params: string, onStarted: () => void) => Execution;
  /** Reads what the execution resolved to. */
  outcomeOf: (result: string) => TaskOutcome;
  /** JSON text of the parameters, or what gets it; `over` is aborted when the attempt is stopped. */
  params: string | ((over: AbortSignal) => Promise<string>);
  timeoutMs: number | null;
}

/** Runs one attempt. Its time limit begins when its code does. */
export function runTask({ execute, outcomeOf, params, timeoutMs }: TaskRunRequest): TaskRun {
  let startedAt = performance.now();
  let stopped: StopReason | null = null;
  let execution: Execution | null = null;
  const over = typeof params === "string" ? null : new AbortController();

  function begin(text: string): Promise<string> {
    if (stopped !== null) throw new Error(`The task was stopped before it began: ${stopped}`);
    execution = execute(text, () => {
      startedAt = performance.now();
    });
    return execution.result;
  }

  async function work(): Promise<Omit<RunOutcome, "ms">> {
    try {
      faultPoint("worker.before_start");
      const text = typeof params === "string" ? params : await params((over as AbortController).signal);
      return outcomeOf(await begin(text));
    } catch (fault) {
      if (stopped !== null) return { outcome: "cancelled", stoppedFor: stopped };
      return { ...outcomeOfFault(fault, timeoutMs), ...(isUnplaced(fault) ? { isUnplaced: true } : {}) };
    }
  }

  const outcome = work().then((came) => ({ ...came, ms: Math.round(performance.now() - startedAt) }));
  return {
    outcome,
    ended: outcome.then(() => execution?.ended ?? "ended"),
    stop(reason) {
      if (stopped !== null) return;
      stopped = reason;
      over?.abort();
      execution?.cancel(reason);
    },
  };
}
