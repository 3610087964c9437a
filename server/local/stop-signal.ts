/** A terminal's Ctrl-C reaches us twice under npm, once from each; that is one wish. */
const sameWishMs = 1_000;
const lookForParentMs = 500;

/** Listens for the wish to stop: SIGINT, SIGTERM, SIGHUP, or the death of the npm that started us. */
export class StopSignal {
  readonly whenRequested: Promise<void>;
  failed = false;
  readonly #controller = new AbortController();
  readonly #handler = () => this.request("asked");
  readonly #parentTimer: NodeJS.Timeout | undefined;
  #requestedAt: number | undefined;
  #onSecond: (() => void) | undefined;
  #resolve: () => void = () => undefined;

  constructor() {
    this.whenRequested = new Promise((resolve) => {
      this.#resolve = resolve;
    });
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, this.#handler);
    if (process.env.npm_lifecycle_event !== undefined) this.#parentTimer = this.#watchParent();
  }

  get requested(): boolean {
    return this.#requestedAt !== undefined;
  }

  /** Aborted at the first request. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** What to do when somebody asks again while things are being stopped. */
  onSecond(act: () => void): void {
    this.#onSecond = act;
  }

  request(why: "asked" | "failed"): void {
    if (this.#requestedAt === undefined) {
      this.#requestedAt = Date.now();
      this.failed = why === "failed";
      this.#controller.abort();
      this.#resolve();
    } else if (why === "asked" && Date.now() - this.#requestedAt > sameWishMs) {
      this.#onSecond?.();
    }
  }

  dispose(): void {
    clearInterval(this.#parentTimer);
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.off(signal, this.#handler);
  }

  /** A killed npm passes nothing on; without it nobody could stop us from the terminal. */
  #watchParent(): NodeJS.Timeout {
    const parent = process.ppid;
    return setInterval(() => {
      if (process.ppid !== parent && !this.requested) this.request("asked");
    }, lookForParentMs).unref();
  }
}
