/** First come, first served, without moving what waits; who leaves in the middle is passed over later. */
export class WaitingLine<T extends { readonly waiting: boolean }> {
  private items: (T | undefined)[] = [];
  private head = 0;
  private left = 0;

  /** Those who still wait. */
  get size(): number {
    return this.items.length - this.head - this.left;
  }

  push(item: T): void {
    this.items.push(item);
  }

  /** Before all others: it had its turn already. */
  unshift(item: T): void {
    if (this.head > 0) this.items[--this.head] = item;
    else this.items.unshift(item);
  }

  shift(): T | undefined {
    while (this.head < this.items.length) {
      const item = this.items[this.head];
      this.items[this.head++] = undefined;
      if (this.head === this.items.length) {
        this.items = [];
        this.head = 0;
      }
      if (item?.waiting) return item;
      this.left--;
    }
    return undefined;
  }

  /** An item ceased to wait; call it once for each that did not leave through `shift`. */
  gone(): void {
    this.left++;
  }

  /** Takes out all who wait. */
  drain(): T[] {
    const all: T[] = [];
    for (let item = this.shift(); item; item = this.shift()) all.push(item);
    return all;
  }
}
