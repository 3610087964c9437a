import { runHandler } from "@/server/engine/blueprint/run-handler";
import { chooseHandler, handlerInput } from "@/server/engine/handler-choice";
import { handlerLimitMs } from "@/server/engine/handler-state";
import type { Job } from "@/server/engine/job";
import { HANDLER_GRACE_MS } from "@/server/engine/limits";
import type { Signal } from "@/server/engine/signal";
import { faultPoint } from "@/server/fault-point";
import type { PostponedHandler } from "@/server/store/orphan-handlers";
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

/** A handler without a place yet; `dueAt` is when its timer fires, by this process's monotonic clock. */
interface WaitingHandler {
  job: Job;
  blueprint: RunnableBlueprint;
  timerMs: number;
  dueAt: number;
}

/**
 * Runs the handlers of entered states outside of any turn. A handler runs once per entry as long as its engine lives;
 * after a crash it runs again elsewhere with the same idempotency key.
 */
export class HandlerRunner {
  private readonly queue: WaitingHandler[] = [];
  private readonly stopping = new AbortController();
  private running = 0;
  private idle: (() => void) | null = null;

  constructor(private readonly options: HandlerRunnerOptions) {}

  run(job: Job, blueprint: RunnableBlueprint): void {
    if (this.stopping.signal.aborted) return;
    const state = blueprint.compiled.states.get(job.state);
    const timerMs = (state ? handlerLimitMs(state) : 0) + HANDLER_GRACE_MS;
    this.queue.push({ job, blueprint, timerMs, dueAt: performance.now() + timerMs });
    this.next();
  }

  /**
   * Handlers that still wait for a place although their timers are due within `ms`; taken as set anew. Their time limit
   * begins when they run, so their timers must not end them before.
   */
  postponable(ms: number): PostponedHandler[] {
    const now = performance.now();
    const soon = this.queue.filter((one) => one.dueAt < now + ms);
    for (const one of soon) one.dueAt = now + one.timerMs;
    return soon.map(({ job, timerMs }) => ({ jobId: job.id, entry: job.entry, timerMs }));
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
      void this.runOne(one.job, one.blueprint)
        .catch((error: unknown) => this.failed(one.job, error))
        .finally(() => {
          this.running -= 1;
          if (this.running === 0) this.idle?.();
          this.next();
        });
    }
  }

  /** A fault of ours around the handler; its retry rules apply all the same. */
  private failed({ id: jobId, entry, state }: Job, error: unknown): void {
    this.options.log.error("running a handler failed", { job: jobId, state, error });
    const message = error instanceof Error ? error.message : String(error);
    this.options.report({ kind: "handler_failed", jobId, entry, message });
  }

  private async runOne(job: Job, blueprint: RunnableBlueprint): Promise<void> {
    const { entry, id: jobId } = job;
    const state = blueprint.compiled.states.get(job.state);
    const chosen = state && chooseHandler(job, state, { now: this.options.clock.now() });
    if (!state || !chosen) return;
    const { name: handler, cases } = chosen;
    faultPoint("handler.before_start");
    const limits = { timeoutMs: handlerLimitMs(state), signal: this.stopping.signal };
    const run = await runHandler(blueprint.compiled, job.state, handler, handlerInput(job), limits);
    faultPoint("handler.before_report");
    if (run.error) {
      this.options.log.warn("a handler failed", { job: jobId, state: job.state, handler, error: run.error.message });
      this.options.report({ kind: "handler_failed", jobId, entry, message: run.error.message });
      return;
    }
    const { set, unset, input: given } = run.patch;
    const revision = blueprint.revision ?? blueprint.compiled.hash.slice(0, 12);
    this.options.report({
      kind: "handler_returned",
      jobId,
      entry,
      action: run.action,
      set,
      unset,
      ...(given ? { input: given } : {}),
      ...(run.events.length > 0 ? { events: run.events } : {}),
      handler,
      cases,
      revision,
    });
  }
}
