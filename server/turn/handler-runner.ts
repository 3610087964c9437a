import { evaluateCondition } from "@/server/engine/expression/evaluate";
import { runHandler } from "@/server/engine/blueprint/run-handler";
import { handlerLimitMs } from "@/server/engine/handler-state";
import type { Job } from "@/server/engine/job";
import { aggregationList, aggregationResults, scopeOf } from "@/server/engine/scope";
import type { Signal } from "@/server/engine/signal";
import type { CompiledState } from "@/server/engine/blueprint/compile";
import type { RunnableBlueprint } from "./blueprint-source";
import type { DatabaseClock } from "./turn-deps";
import type { TurnLog } from "./turn-log";

export interface HandlerRunnerOptions {
  /** Handlers at once; more wait, in order. */
  concurrency: number;
  clock: DatabaseClock;
  log: TurnLog;
  /** Takes what a handler brought back. */
  report(signal: Signal): void;
}

/**
 * Runs the handlers of entered states outside of any turn. A handler runs once per entry as long as its engine lives;
 * after a crash it runs again elsewhere with the same idempotency key.
 */
export class HandlerRunner {
  private readonly queue: { job: Job; blueprint: RunnableBlueprint }[] = [];
  private readonly stopping = new AbortController();
  private running = 0;
  private idle: (() => void) | null = null;

  constructor(private readonly options: HandlerRunnerOptions) {}

  run(job: Job, blueprint: RunnableBlueprint): void {
    if (this.stopping.signal.aborted) return;
    this.queue.push({ job, blueprint });
    this.next();
  }

  /** Lets running handlers come back for up to `graceMs`, then aborts them; what did not start is left to its timer. */
  async stop(graceMs: number): Promise<void> {
    this.queue.length = 0;
    if (this.running === 0) return;
    const timer = setTimeout(() => this.stopping.abort(new Error("the engine stops")), graceMs);
    await new Promise<void>((resolve) => {
      this.idle = resolve;
    });
    clearTimeout(timer);
  }

  private next(): void {
    while (this.running < this.options.concurrency) {
      const one = this.queue.shift();
      if (!one) return;
      this.running += 1;
      void this.runOne(one.job, one.blueprint).finally(() => {
        this.running -= 1;
        if (this.running === 0) this.idle?.();
        this.next();
      });
    }
  }

  private async runOne(job: Job, blueprint: RunnableBlueprint): Promise<void> {
    const { entry, id: jobId } = job;
    const state = blueprint.compiled.states.get(job.state);
    const name = state && this.handlerOf(job, state);
    if (!state || !name) return;
    const limits = { timeoutMs: handlerLimitMs(state), signal: this.stopping.signal };
    const { action, patch, error } = await runHandler(blueprint.compiled, job.state, name, handlerInput(job), limits);
    if (error) {
      this.options.log.warn("a handler failed", { job: jobId, state: job.state, handler: name, error: error.message });
      this.options.report({ kind: "handler_failed", jobId, entry, message: error.message });
      return;
    }
    const { set, unset } = patch;
    this.options.report({ kind: "handler_returned", jobId, entry, action: action ?? null, set, unset, revision: blueprint.compiled.hash.slice(0, 12) });
  }

  /** The first variant whose condition is true, else the state's own handler. */
  private handlerOf(job: Job, state: CompiledState): string | null {
    if (state.type === "end") return state.handler;
    if (state.type !== "handler") return null;
    const scope = scopeOf(job, { now: this.options.clock.now(), random: Math.random });
    return state.cases.find((one) => evaluateCondition(one.when, scope).result)?.handler ?? state.handler;
  }
}

function handlerInput(job: Job) {
  return {
    jobId: job.id,
    entry: job.entry,
    initialData: job.input,
    stateHistory: job.stateHistory,
    aggregationResults: aggregationResults(job),
    aggregationList: job.aggregation ?? [],
    client: { name: job.starter.name ?? job.starter.id, plan: null, params: {} },
    error: job.error && { ...job.error },
  };
}
