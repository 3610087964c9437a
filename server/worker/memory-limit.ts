import type { SlotState, SlotStatus } from "./bridge/executor";

const EVERY_MS = 500;
/** What a task held that was ended is given back a while later. */
const PATIENCE_MS = 5_000;
const MIB = 1024 * 1024;
const AT_WORK: ReadonlySet<SlotStatus> = new Set(["running", "aborting", "killing"]);

export interface MemoryLimit {
  /** Why no more work is to be taken; null while there is room. */
  tooMuch(): string | null;
  /** Resolves, with the reason, once too much is in use for a while and no thread is left to be ended for it. */
  readonly exhausted: Promise<string>;
  stop(): void;
}

/**
 * Watches the resident memory of this process, which its threads share: buffers are in no heap that has a limit. What runs
 * in threads is ended by their pool; the rest of what there is to do about it begins here.
 */
export function watchMemory(
  limitMb: number,
  slots: () => Pick<SlotState, "isolation" | "status">[],
  { now = Date.now, residentBytes = (): number => process.memoryUsage.rss() } = {},
): MemoryLimit & { look(): void } {
  let reason: string | null = null;
  let nobodySince: number | null = null;
  let exhaust: (reason: string) => void = () => undefined;
  const exhausted = new Promise<string>((resolve) => {
    exhaust = resolve;
  });

  function look(): void {
    const usedMb = Math.round(residentBytes() / MIB);
    reason = usedMb > limitMb ? `${usedMb} MiB are in use, more than the ${limitMb} of WORKER_MAX_RSS_MB` : null;
    const toEnd = slots().some(({ isolation, status }) => isolation === "thread" && AT_WORK.has(status));
    if (reason === null || toEnd) {
      nobodySince = null;
      return;
    }
    nobodySince ??= now();
    if (now() - nobodySince >= PATIENCE_MS) exhaust(reason);
  }

  const timer = setInterval(look, EVERY_MS).unref();
  return { look, tooMuch: () => reason, exhausted, stop: () => clearInterval(timer) };
}
