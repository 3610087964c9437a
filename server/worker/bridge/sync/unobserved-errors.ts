import type { Call } from "./call";

/** Failures that nobody has looked at yet; told once they have waited for long enough. */
export class UnobservedErrors {
  private waiting: { call: Call; until: number }[] = [];
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly tell: (call: Call) => void) {}

  add(call: Call, waitMs: number): void {
    this.waiting.push({ call, until: Date.now() + waitMs });
    this.timer ??= this.startTimer(waitMs);
  }

  /** Those of a bridge that closes wait no longer. */
  tellAll(): void {
    this.sweep(Number.POSITIVE_INFINITY);
  }

  private startTimer(ms: number): NodeJS.Timeout {
    return setTimeout(() => {
      this.timer = undefined;
      this.sweep(Date.now());
    }, ms).unref();
  }

  private sweep(now: number): void {
    const due = this.waiting.filter(({ call, until }) => !call.observed && until <= now);
    this.waiting = this.waiting.filter(({ call, until }) => !call.observed && until > now);
    for (const { call } of due) this.tell(call);
    const [next] = this.waiting;
    if (next) this.timer ??= this.startTimer(Math.max(1, next.until - Date.now()));
  }
}
