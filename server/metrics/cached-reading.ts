/**
 * Something that costs a question to another server: an answer is kept for `keepMs`, one question is open at a time,
 * and nobody waits for longer than `waitMs`.
 */
export class CachedReading<T> {
  private last: { value: T; at: number } | null = null;
  private asking: Promise<T | null> | null = null;

  constructor(
    private readonly ask: () => Promise<T | null>,
    private readonly options: { keepMs: number; waitMs: number; onFault: (error: unknown) => void; now?: () => number },
  ) {}

  /** Null: nobody could say, or not in time. */
  async read(): Promise<T | null> {
    const { keepMs, waitMs, now = Date.now } = this.options;
    if (this.last && now() - this.last.at < keepMs) return this.last.value;
    this.asking ??= this.askNow().finally(() => {
      this.asking = null;
    });
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<null>((resolve) => {
      timer = setTimeout(resolve, waitMs, null);
    });
    return Promise.race([this.asking, late]).finally(() => clearTimeout(timer));
  }

  private async askNow(): Promise<T | null> {
    const { onFault, now = Date.now } = this.options;
    try {
      const value = await this.ask();
      this.last = value === null ? null : { value, at: now() };
      return value;
    } catch (error) {
      onFault(error);
      return null;
    }
  }
}
