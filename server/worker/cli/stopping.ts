import type { Log } from "@/server/log";

/** After the drain and the grace of what it stops: for the end of threads, the last reports and the goodbye. */
const SLACK_MS = 5_000;
/** How long running tasks get after an error that nobody caught: the process cannot be trusted much longer. */
const CRASH_DRAIN_MS = 2_000;
/** 128 + SIGINT: ended by hand, without order. */
const ENDED_BY_HAND = 130;

export interface Stoppable {
  log: Log;
  /** How long a task may take to stop that is told to, or to be ended. */
  graceMs: number;
  /** Drains and closes everything. */
  stop(): Promise<void>;
}

/**
 * How a worker process ends. The first wish (SIGTERM, SIGINT, or `ask`) drains it, the second leaves what still runs to
 * others at once, the third ends the process on the spot. An error that nobody caught is a wish with a short drain, and
 * exit code 1. A drain that hangs is ended five seconds after its time and the
 * longest grace of its tasks.
 */
export class Stopping {
  /** Resolves with the exit code when everything is closed. */
  readonly ended: Promise<number>;
  private wishes = 0;
  private code = 0;
  private watchdog: NodeJS.Timeout | undefined;
  private resolve: (code: number) => void = () => undefined;

  constructor(
    private readonly running: Stoppable,
    private readonly drainMs: number,
    private readonly hurry: AbortController,
    private readonly exit: (code: number) => void = (code) => process.exit(code),
  ) {
    this.ended = new Promise((resolve) => {
      this.resolve = resolve;
    });
  }

  get isAsked(): boolean {
    return this.wishes > 0;
  }

  listen(): void {
    for (const signal of ["SIGTERM", "SIGINT"] as const) process.on(signal, () => this.ask(signal));
    process.on("uncaughtException", (error) => this.crash("an error that nobody caught", error));
    process.on("unhandledRejection", (error) => this.crash("a rejection that nobody handled", error));
  }

  /** One wish more that it ends. */
  ask(why: string): void {
    this.wishes += 1;
    const { log } = this.running;
    if (this.wishes === 1) {
      log.info("worker stops; a second signal leaves its tasks to others at once", { why });
      this.begin(this.drainMs);
    } else if (this.wishes === 2) {
      log.warn("worker stops at once; a third signal ends the process on the spot", { why });
      this.hurryUp();
    } else this.exit(ENDED_BY_HAND);
  }

  /** One wish more, by a process that another one has to take the place of: it ends with exit code 1. */
  fail(why: string): void {
    this.running.log.error("the worker cannot go on", { why });
    this.code = 1;
    if (!this.isAsked) this.ask(why);
  }

  /** Something broke: no second wish is needed. */
  crash(what: string, error: unknown): void {
    this.running.log.error(what, { error });
    this.code = 1;
    setTimeout(() => this.hurryUp(), CRASH_DRAIN_MS).unref();
    if (this.wishes > 0) return;
    this.wishes = 1;
    this.begin(CRASH_DRAIN_MS);
  }

  private begin(drainMs: number): void {
    this.watch(drainMs + SLACK_MS);
    this.running.stop().then(
      () => this.resolve(this.code),
      (error: unknown) => {
        this.running.log.error("the worker did not stop cleanly", { error });
        this.resolve(1);
      },
    );
  }

  private hurryUp(): void {
    this.hurry.abort();
    this.watch(SLACK_MS);
  }

  /** Whatever hangs, the process ends. */
  private watch(ms: number): void {
    clearTimeout(this.watchdog);
    const { graceMs } = this.running;
    this.watchdog = setTimeout(() => {
      this.running.log.error("the worker did not stop in time and is ended");
      this.exit(1);
    }, ms + graceMs);
    this.watchdog.unref();
  }
}
