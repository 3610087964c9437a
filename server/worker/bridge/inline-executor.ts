import { packError, unpackError } from "./error-envelope";
import type { Execution, ExecutionRequest, Executor, ExecutorStats, SlotState, TaskCode } from "./executor";
import { InlineContext } from "./inline-context";
import { codeKey, type StopCode } from "./messages";
import { closeRuns } from "./pool/close-runs";
import { PoolCounts } from "./pool/pool-counts";
import { MIN_GRACE_MS, type PoolOptions, type PoolSettings, poolSettings } from "./pool/pool-options";
import { refusalOf, resultRefusal } from "./pool/refusal";
import { Run, type RunOwner, type RunPlace } from "./pool/run";
import { RunLine } from "./pool/run-line";

/** The code of a task: JSON text in, JSON text out. */
export type InlineRunner = (input: string, context: InlineContext) => Promise<string> | string;

export interface InlineExecutorOptions
  extends Pick<PoolOptions, "slots" | "maxWaiting" | "maxInputBytes" | "maxResultBytes" | "graceMs" | "onEvent"> {
  /** Finds the code of a task; asked once for each. */
  load: (code: TaskCode) => Promise<InlineRunner>;
}

/**
 * Runs tasks in the loop of whoever calls, for short, cooperative I/O. One that hears no abort is left to itself after
 * its grace (`abandoned`); one that blocks the loop blocks the caller, time limits included.
 */
export function createInlineExecutor(options: InlineExecutorOptions): Executor {
  return new InlineExecutor(options);
}

interface Held {
  context: InlineContext;
  since: number;
}

class InlineExecutor implements Executor, RunOwner, RunPlace {
  readonly isolation = "inline";
  private readonly settings: PoolSettings;
  private readonly counts: PoolCounts;
  private readonly load: InlineExecutorOptions["load"];
  private readonly loaded = new Map<string, InlineRunner>();
  private readonly line = new RunLine();
  private readonly running = new Map<Run, Held>();
  /** Given up, and not at an end yet. */
  private abandoned = 0;
  private lastRun = 0;
  private closing: Promise<{ finished: number; cancelled: number; killed: number }> | undefined;

  constructor({ load, ...options }: InlineExecutorOptions) {
    this.settings = poolSettings("inline", options);
    this.counts = new PoolCounts(this.settings.onEvent);
    this.load = load;
  }

  execute(request: ExecutionRequest): Execution {
    const run = new Run(++this.lastRun, request, this);
    const now = { closing: this.closing !== undefined, waiting: this.line.size };
    const refusal = refusalOf(request, now, this.settings);
    if (refusal) {
      run.fail(refusal);
      run.finish("ended");
    } else if (this.running.size < this.settings.slots) {
      this.give(run);
    } else {
      this.line.push(run);
    }
    return run;
  }

  slots(): SlotState[] {
    return [...this.running].map(([{ no, phase, request }, { since }]) => ({
      no,
      isolation: this.isolation,
      status: phase === "aborting" ? "aborting" : "running",
      task: request.task.name,
      executionId: request.id,
      since,
      tasksDone: 0,
      threadId: 0,
      pid: process.pid,
      heapBytes: null,
    }));
  }

  stats(): ExecutorStats {
    const { maxZombies } = this.settings;
    const now = { zombies: this.abandoned, waiting: this.line.size, running: this.running.size };
    return { ...this.counts.since(), ...now, maxZombies, unavailable: null };
  }

  close({ drainMs }: { drainMs: number }): Promise<{ finished: number; cancelled: number; killed: number }> {
    this.closing ??= closeRuns(this.line, [...this.running.keys()], drainMs);
    return this.closing;
  }

  leftLine(): void {
    this.line.gone();
  }

  ended(run: Run): void {
    if (!this.running.delete(run)) return;
    while (this.running.size < this.settings.slots) {
      const next = this.line.shift();
      if (next === undefined) return;
      this.give(next);
    }
  }

  abort(run: Run, code: StopCode): void {
    run.phase = "aborting";
    const kill = code === "TASK_TIMEOUT" ? "timeout" : code === "TASK_CANCELLED" ? "cancelled" : "close";
    const graceMs = Math.max(MIN_GRACE_MS, run.request.graceMs ?? this.settings.graceMs);
    run.startTimer(graceMs, () => {
      this.abandoned += 1;
      this.counts.killed(run.no, kill, run);
      run.fail(run.stopError({ phase: "hard", ...run.logDetails() }));
      run.finish("abandoned");
    });
    this.running.get(run)?.context.abort(run.stopError({}));
  }

  /** Nothing of the task runs before its caller has its Execution in hand. */
  private give(run: Run): void {
    this.counts.started += 1;
    run.stopTimer();
    run.slot = this;
    run.phase = "loading";
    this.running.set(run, { context: new InlineContext(run), since: Date.now() });
    const runner = this.loaded.get(codeKey(run.request.task));
    if (runner) queueMicrotask(() => void this.perform(run, runner));
    else void this.loadAndPerform(run);
  }

  private async loadAndPerform(run: Run): Promise<void> {
    const { task } = run.request;
    try {
      const runner = await this.load(task);
      this.loaded.set(codeKey(task), runner);
      await this.perform(run, runner);
    } catch (thrown) {
      this.settle(run, () => run.fail(errorOf(thrown, run)));
    }
  }

  private async perform(run: Run, runner: InlineRunner): Promise<void> {
    const { request } = run;
    const held = this.running.get(run);
    // It was told to stop before it began.
    if (!held || run.stop !== null) return this.settle(run, () => undefined);
    try {
      run.begin();
      request.onStarted?.();
      const output = await runner(request.input, held.context);
      const refusal = resultRefusal(output, this.settings.maxResultBytes);
      this.settle(run, () => (refusal ? run.fail(refusal) : run.succeed(output)));
    } catch (thrown) {
      this.settle(run, () => run.fail(errorOf(thrown, run)), thrown);
    }
  }

  /** Its code has come to an end, in time or not. */
  private settle(run: Run, asItCame: () => void, thrown?: unknown): void {
    if (run.end === "abandoned") {
      this.abandoned -= 1;
      return;
    }
    if (run.stop === null) asItCame();
    else run.fail(run.stopError({ phase: "soft" }, thrown));
    run.finish("ended");
  }
}

/** As it comes from any other place: a task's errors are the same wherever it runs. */
function errorOf(thrown: unknown, { request: { id, task } }: Run): Error {
  return unpackError(packError(thrown, { task: task.name, executionId: id, isolation: "inline" }));
}
