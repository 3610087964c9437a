/** How many tasks a worker may still take (`--max-jobs`). What is asked for is set aside until it is known what came. */
export class TaskAllowance {
  private setAside = 0;

  constructor(private left: number) {}

  /** True when all were taken and no question is under way. */
  get isSpent(): boolean {
    return this.left === 0 && this.setAside === 0;
  }

  /** Sets aside up to `limit`; returns how many. */
  ask(limit: number): number {
    const granted = Math.min(limit, this.left);
    this.left -= granted;
    this.setAside += granted;
    return granted;
  }

  /** Of those set aside, so many came; the others are free again. */
  came(granted: number, count: number): void {
    this.setAside -= granted;
    this.left += granted - count;
  }

  /** Taken ones that went back untouched. */
  wentBack(count: number): void {
    this.left += count;
  }
}

/** Nothing while there is a reason not to take any; else what `given` allows, or as many as are asked for. */
export function allowedUnless(
  blocked: () => string | null,
  given?: TaskAllowance,
): Pick<TaskAllowance, "ask" | "came"> {
  return {
    ask: (limit) => (blocked() === null ? (given?.ask(limit) ?? limit) : 0),
    came: (granted, count) => given?.came(granted, count),
  };
}
