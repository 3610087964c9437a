import type { WorkerLog } from "./worker-log";

const EVERY_MS = 500;

/** Sends the last word that was told, at most every half second, and never two at once. */
export function throttledProgress(
  send: (fraction: number, message: string) => Promise<void>,
  log: WorkerLog,
): { tell: (fraction: number, message?: string) => void; stop: () => void } {
  let last: { fraction: number; message: string } | null = null;
  let timer: NodeJS.Timeout | undefined;
  let sentAt = Number.NEGATIVE_INFINITY;
  let isSending = false;
  let isOver = false;

  function plan(): void {
    if (timer !== undefined || isSending || isOver || last === null) return;
    timer = setTimeout(() => void flush(), Math.max(0, sentAt + EVERY_MS - performance.now()));
  }

  async function flush(): Promise<void> {
    timer = undefined;
    const word = last;
    if (word === null) return;
    last = null;
    isSending = true;
    sentAt = performance.now();
    try {
      await send(word.fraction, word.message);
    } catch (error) {
      // It is a courtesy: the next one, or the result, tells more.
      log.debug("could not tell the progress", { error: (error as Error).message });
    } finally {
      isSending = false;
      plan();
    }
  }

  return {
    tell(fraction, message = "") {
      last = { fraction: Math.min(1, Math.max(0, Number.isFinite(fraction) ? fraction : 0)), message };
      plan();
    },
    stop() {
      isOver = true;
      clearTimeout(timer);
    },
  };
}
