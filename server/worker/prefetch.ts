/** Work that a worker may hold ahead of itself, in milliseconds: enough to hide a round trip to the queue. */
const AHEAD_MS = 50;
/** Share of each new attempt in the mean. */
const WEIGHT = 1 / 16;

/**
 * How many deliveries a worker holds beyond those that run. While tasks are short it is as many as get done within 50 ms,
 * so that they are read and reported by the hundred; as soon as one is long it is few, so that others may take the rest.
 */
export class Prefetch {
  private meanMs: number;

  /** Never fewer than `least`, never more than `most`; `least` until something is known. */
  constructor(
    private readonly concurrency: number,
    private readonly least: number,
    private readonly most: number,
  ) {
    this.meanMs = AHEAD_MS;
  }

  /** An attempt took so long, or has run for so long already. */
  note(ms: number): void {
    this.meanMs = ms > AHEAD_MS ? ms : this.meanMs + (ms - this.meanMs) * WEIGHT;
  }

  /** Little is held for now: what is in hand when a worker dies counts as lost with it. */
  beCareful(): void {
    this.meanMs = Math.max(this.meanMs, AHEAD_MS);
  }

  get size(): number {
    const done = Math.round((this.concurrency * AHEAD_MS) / Math.max(this.meanMs, 0.1));
    return Math.max(this.least, Math.min(this.most, done));
  }
}
