/** After this time without being settled, what was handed out counts as forgotten by its taker, in milliseconds. */
export const ABANDONED_AFTER_MS = 30_000;

/**
 * Counts the signals of each entry or row that are under way. An entry carries many signals, and several turns may
 * handle them: only the last one settled settles the entry.
 */
export class OpenReceipts {
  private readonly open = new Map<string, { remaining: number; since: number }>();

  /** Begins to count. False when the receipt is open already: then its signals are under way and not to be given again. */
  begin(receipt: string, signals: number): boolean {
    if (this.open.has(receipt)) return false;
    this.open.set(receipt, { remaining: signals, since: Date.now() });
    return true;
  }

  has(receipt: string): boolean {
    return this.open.has(receipt);
  }

  /** One more signal is done; true when it was the last. A receipt that is not open (any more) says false. */
  settle(receipt: string): boolean {
    const entry = this.open.get(receipt);
    if (!entry) return false;
    entry.remaining -= 1;
    if (entry.remaining > 0) return false;
    this.open.delete(receipt);
    return true;
  }

  /** Forgets receipts that nobody settled for too long, and returns them: they may be given again. */
  forgetAbandoned(now: number = Date.now()): Set<string> {
    const forgotten = new Set<string>();
    for (const [receipt, { since }] of this.open) {
      // Insertion order is age order.
      if (now - since < ABANDONED_AFTER_MS) break;
      this.open.delete(receipt);
      forgotten.add(receipt);
    }
    return forgotten;
  }
}
