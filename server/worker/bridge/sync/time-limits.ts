import { sharedNow } from "./wire";

/** A call whose time may run out. */
interface Limited {
  stopAt: number;
  /** Tells it to stop when its time is over; when that will be otherwise. */
  stopIfDue(now: number): number;
}

/** What a timer can hold; one that is set for longer fires at once. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** One timer for the limits of all calls: a timer for each would cost more than a short call itself. */
export class TimeLimits {
  private timer: NodeJS.Timeout | undefined;
  private nextAt = Number.POSITIVE_INFINITY;

  constructor(private readonly calls: () => Iterable<Limited>) {}

  start(call: Limited, begunAt: number, timeoutMs: number | null): void {
    if (timeoutMs === null) return;
    call.stopAt = begunAt + timeoutMs;
    if (call.stopAt < this.nextAt) this.arm(call.stopAt, timeoutMs);
  }

  private arm(at: number, ms: number): void {
    clearTimeout(this.timer);
    this.nextAt = at;
    this.timer = setTimeout(() => this.check(), Math.min(Math.ceil(ms), LONGEST_TIMER_MS));
  }

  private check(): void {
    const now = sharedNow();
    let next = Number.POSITIVE_INFINITY;
    for (const call of this.calls()) next = Math.min(next, call.stopIfDue(now));
    this.nextAt = Number.POSITIVE_INFINITY;
    this.timer = undefined;
    if (next !== Number.POSITIVE_INFINITY) this.arm(next, next - now);
  }
}
