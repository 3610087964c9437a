/** Items that come from another thread, for one reader; each batch is taken when the reader has worked off the last. */
export class InStream implements AsyncIterable<unknown> {
  private items: unknown[] = [];
  private ended = false;
  private failure: string | null = null;
  /** Nobody reads any more. */
  private left = false;
  private wake: (() => void)[] = [];

  /** Resolves when the reader wants more, or nothing at all any more. */
  async push(items: unknown[]): Promise<null> {
    // Not as arguments: of those there may be only so many.
    for (const item of items) this.items.push(item);
    this.changed();
    while (this.items.length > 0 && !this.left && !this.ended) await this.nextChange();
    return null;
  }

  /** `failure`: why there will be no more, where that is not as it should be. */
  end(failure: string | null): null {
    if (!this.ended) this.failure = failure;
    this.ended = true;
    this.changed();
    return null;
  }

  leave(): void {
    this.left = true;
    this.changed();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<unknown> {
    while (true) {
      const items = this.items;
      this.items = [];
      yield* items;
      if (this.items.length > 0) continue;
      if (this.failure !== null) throw new Error(this.failure);
      if (this.ended) return;
      this.changed();
      await this.nextChange();
    }
  }

  private nextChange(): Promise<void> {
    return new Promise((resolve) => this.wake.push(resolve));
  }

  private changed(): void {
    const woken = this.wake;
    this.wake = [];
    for (const resolve of woken) resolve();
  }
}
