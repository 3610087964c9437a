/** The window: how many entries a task stream holds at most, per type. The rest waits as rows. */
export const WINDOW = 5_000;

interface TypeWindow {
  /** XLEN as last seen. */
  length: number;
  /** Announced since, not yet counted in `length`. */
  onTheWay: number;
  /** False after a failure: then nothing is known, and nothing is given until the truth was read. */
  known: boolean;
}

/**
 * How many more messages each type's window takes, by this engine's knowledge: window − length − on the way. Several
 * engines overshoot by at most one window each. A type never seen is taken to be empty.
 */
export class WindowCredit {
  private readonly windows = new Map<string, TypeWindow>();

  of(type: string): number {
    const window = this.windows.get(type);
    if (!window) return WINDOW;
    return window.known ? Math.max(0, WINDOW - window.length - window.onTheWay) : 0;
  }

  /** Messages are being sent. */
  sending(type: string, count: number): void {
    this.window(type).onTheWay += count;
  }

  /** Those messages have arrived, or failed; `length` is XLEN after them, null when nobody knows. */
  sent(type: string, count: number, length: number | null): void {
    const window = this.window(type);
    window.onTheWay = Math.max(0, window.onTheWay - count);
    if (length === null) window.known = false;
    else this.learn(type, length);
  }

  /** The truth as just read. */
  learn(type: string, length: number): void {
    const window = this.window(type);
    window.length = length;
    window.known = true;
  }

  /** Everything known may be wrong: the connection was lost, or Redis was emptied. */
  distrust(): void {
    for (const window of this.windows.values()) window.known = false;
  }

  /** Types whose credit is worth reading anew: unknown, or below half. */
  doubtful(): string[] {
    return [...this.windows.keys()].filter((type) => this.of(type) < WINDOW / 2);
  }

  types(): string[] {
    return [...this.windows.keys()];
  }

  private window(type: string): TypeWindow {
    let window = this.windows.get(type);
    if (!window) {
      window = { length: 0, onTheWay: 0, known: true };
      this.windows.set(type, window);
    }
    return window;
  }
}
