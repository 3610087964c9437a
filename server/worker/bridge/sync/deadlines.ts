import type { Call } from "./call";
import { dueError } from "./deadline";
import type { DispatcherThread } from "./dispatcher-thread";
import { sharedNow } from "./wire";

const LONGEST_SLEEP_MS = 50;

/** What becomes of calls that are over their time. */
export interface OverTime {
  /** One should have ended by now. */
  late(): void;
  /** A thread was killed for one. */
  killed(): void;
}

/** When to look at which call, for callers that block and for those that do not. */
export class Deadlines {
  /** `sharedNow` of the next. */
  nextAt = Number.POSITIVE_INFINITY;
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly threads: ReadonlySet<DispatcherThread>,
    private readonly on: OverTime,
  ) {}

  add(call: Call, at: number): void {
    call.checkAt = Math.min(call.checkAt, at);
    this.nextAt = Math.min(this.nextAt, call.checkAt);
  }

  /** For callers that do not block: one timer for the next deadline of all. */
  keepTime(): void {
    if (this.timer !== undefined || this.nextAt === Number.POSITIVE_INFINITY) return;
    const check = () => {
      this.timer = undefined;
      // The loop may have been blocked: what has arrived since then counts.
      for (const thread of this.threads) thread.drain();
      this.check(sharedNow());
      this.keepTime();
    };
    this.timer = setTimeout(check, Math.max(0, Math.min(this.nextAt - sharedNow(), LONGEST_SLEEP_MS)));
    this.timer.unref();
  }

  /** Whether it was time to look. */
  check(now: number): boolean {
    if (now < this.nextAt) return false;
    this.nextAt = Number.POSITIVE_INFINITY;
    for (const thread of [...this.threads]) {
      for (const call of thread.calls.values()) {
        if (call.outcome !== undefined) continue;
        if (call.checkAt <= now) this.checkOne(thread, call, now);
        if (thread.dead) break;
        if (call.outcome === undefined) this.nextAt = Math.min(this.nextAt, call.checkAt);
      }
    }
    return true;
  }

  private checkOne(thread: DispatcherThread, call: Call, now: number): void {
    const due = dueError(call, now);
    if ("checkAt" in due) {
      call.checkAt = due.checkAt;
      if (due.late) this.on.late();
    } else if (due.kill) {
      this.on.killed();
      thread.kill(call, due.error);
    } else thread.fail(call, due.error);
  }
}
