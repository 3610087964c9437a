/** Waits, and can be woken. A wake-up that comes before the wait ends the next wait at once. */
export class Waker {
  private woken = false;
  private readonly waiting = new Set<() => void>();

  wake(): void {
    if (this.waiting.size === 0) {
      this.woken = true;
      return;
    }
    for (const end of [...this.waiting]) end();
  }

  /** Resolves after `ms` milliseconds or when woken. */
  wait(ms: number): Promise<void> {
    if (this.woken) {
      this.woken = false;
      return Promise.resolve();
    }
    return new Promise((resolve) => {
      const end = () => {
        clearTimeout(timer);
        this.waiting.delete(end);
        resolve();
      };
      const timer = setTimeout(end, ms);
      this.waiting.add(end);
    });
  }
}
