import type { AskedCheck, CheckResult } from "./check";

/** With these a silent server is named after 2.9 s at the latest, and one late answer is not yet an outage. */
const EVERY_MS = 1_000;
const AGAIN_MS = 250;
const WAIT_MS = 800;
const FAILURES_TO_FALL = 2;
/** A result that is older is asked anew before it is shown: the process stood still, or has just begun. */
const FRESH_MS = 2_500;

/**
 * A check that is asked about once a second in the background, so that a probe is answered from what is known. One
 * question at a time; no answer within 0.8 s is a failure. What was well is unwell after two failures in a row, what was
 * unwell is well after one success.
 */
export class WatchedCheck {
  private result: CheckResult;
  private at = Number.NEGATIVE_INFINITY;
  private failures = 0;
  private question: Promise<string | null> | null = null;
  private looking: Promise<void> | null = null;
  private timer: NodeJS.Timeout | undefined;
  private stopped = false;

  constructor(private readonly check: AskedCheck) {
    this.result = { name: check.name, ok: false, latency_ms: 0, message: "was not asked yet" };
  }

  get name(): string {
    return this.check.name;
  }

  /** What was found last. */
  get last(): CheckResult {
    return this.result;
  }

  start(): void {
    void this.look();
  }

  stop(): void {
    this.stopped = true;
    clearTimeout(this.timer);
  }

  /** What holds now: at once while the last answer is fresh, else after a question. */
  async now(): Promise<CheckResult> {
    if (performance.now() - this.at > FRESH_MS) await this.look();
    return this.result;
  }

  /** Asks now, or waits for the question that is under way. */
  private look(): Promise<void> {
    this.looking ??= this.ask().finally(() => {
      this.looking = null;
      this.planNext();
    });
    return this.looking;
  }

  private planNext(): void {
    clearTimeout(this.timer);
    if (this.stopped) return;
    this.timer = setTimeout(() => void this.look(), this.failures > 0 && this.result.ok ? AGAIN_MS : EVERY_MS).unref();
  }

  private async ask(): Promise<void> {
    const began = performance.now();
    // A question that was not answered in time is still the only one.
    this.question ??= this.check.ask().finally(() => {
      this.question = null;
    });
    const wrong = await Promise.race([this.question.catch(textOf), silence()]);
    this.at = performance.now();
    const latency_ms = Math.round(this.at - began);
    const { name } = this.check;
    this.failures = wrong === null ? 0 : this.failures + 1;
    if (wrong === null) this.result = { name, ok: true, latency_ms };
    else if (!this.result.ok || this.failures >= FAILURES_TO_FALL)
      this.result = { name, ok: false, latency_ms, message: wrong };
  }
}

function silence(): Promise<string> {
  return new Promise((resolve) => {
    setTimeout(() => resolve(`did not answer within ${WAIT_MS} ms`), WAIT_MS).unref();
  });
}

/** Never empty: a refused connection to several addresses says nothing at the top. */
function textOf(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map(textOf).join("; ") || "does not answer";
  return (error instanceof Error ? error.message : String(error)) || "does not answer";
}
