/** What was read for one asker is given to the next for a while, one read at a time. */
export class KeptAnswers<Key, Value> {
  private readonly kept = new Map<Key, { value: Promise<Value>; until: number }>();

  /** `keepMs` is told how long the read took, in milliseconds. */
  constructor(
    private readonly keepMs: (tookMs: number) => number,
    private readonly mostKeys = 1_000,
  ) {}

  /** What is kept for the key, or what `read` gives; a failure is not kept. */
  get(key: Key, read: () => Promise<Value>): Promise<Value> {
    const known = this.kept.get(key);
    if (known && known.until > performance.now()) return known.value;
    if (this.kept.size >= this.mostKeys) this.kept.clear();
    const began = performance.now();
    const entry = { value: read(), until: Number.POSITIVE_INFINITY };
    this.kept.set(key, entry);
    entry.value.then(
      () => {
        const now = performance.now();
        entry.until = now + this.keepMs(now - began);
      },
      () => {
        if (this.kept.get(key) === entry) this.kept.delete(key);
      },
    );
    return entry.value;
  }
}
