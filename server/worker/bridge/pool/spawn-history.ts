const WINDOW_MS = 30_000;
const MAX_FAILURES = 5;
const FIRST_PAUSE_MS = 1000;
const MAX_PAUSE_MS = 30_000;

/** Knows when slots may be started again after too many starts failed: longer each time, up to 30 s. */
export class SpawnHistory {
  private failures: number[] = [];
  private pauseMs = FIRST_PAUSE_MS;
  private pausedUntil = 0;
  lastError: Error | null = null;

  constructor(private readonly now: () => number = Date.now) {}

  failed(error: Error): void {
    const now = this.now();
    this.lastError = error;
    this.failures = [...this.failures.filter((at) => at > now - WINDOW_MS), now];
    if (this.failures.length <= MAX_FAILURES) return;
    this.pausedUntil = now + this.pauseMs;
    this.pauseMs = Math.min(this.pauseMs * 2, MAX_PAUSE_MS);
  }

  succeeded(): void {
    this.failures = [];
    this.pauseMs = FIRST_PAUSE_MS;
    this.pausedUntil = 0;
    this.lastError = null;
  }

  /** Milliseconds until another start may be tried; 0: now. */
  pauseLeftMs(): number {
    return Math.max(0, this.pausedUntil - this.now());
  }

  /** Why none is started now; null when they are. */
  reason(): string | null {
    if (this.pauseLeftMs() === 0) return null;
    return `${this.failures.length} starts failed within 30 s, the last with: ${this.lastError?.message ?? "no message"}`;
  }
}
