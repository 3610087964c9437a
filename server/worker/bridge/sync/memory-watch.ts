import { sharedNow } from "./wire";

const EVERY_MS = 500;
/** After a thread was ended the memory takes a while to come back. */
const PAUSE_MS = 3000;
const MEBIBYTE = 1024 * 1024;

/** What is looked at, and what is done about it. */
export interface WatchedMemory {
  /** Resident memory of the process, in MiB; undefined: without limit. */
  limitMb(): number | undefined;
  busy(): boolean;
  /** Too much twice in a row: what runs apart, and was to blame, has been ended by then. */
  tooMuch(limitMb: number): void;
}

/** Looks at the memory of the process while calls are open: buffers are in no heap that has a limit. */
export class MemoryWatch {
  private nextAt = 0;
  private wasTooMuch = false;
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly watched: WatchedMemory) {}

  /** For a caller whose loop turns. */
  start(): void {
    if (this.timer !== undefined || this.watched.limitMb() === undefined) return;
    this.timer = setInterval(() => {
      this.look(sharedNow());
      if (this.watched.busy()) return;
      clearInterval(this.timer);
      this.timer = undefined;
    }, EVERY_MS).unref();
  }

  /** Looks when it is time. Gives when it will be again, for a caller that is blocked. */
  look(now: number): number {
    const limitMb = this.watched.limitMb();
    if (limitMb === undefined) return Number.POSITIVE_INFINITY;
    if (now < this.nextAt) return this.nextAt;
    const isTooMuch = process.memoryUsage.rss() > limitMb * MEBIBYTE;
    const isTime = isTooMuch && this.wasTooMuch;
    this.wasTooMuch = isTooMuch && !isTime;
    this.nextAt = now + (isTime ? PAUSE_MS : EVERY_MS);
    if (isTime) this.watched.tooMuch(limitMb);
    return this.nextAt;
  }
}
