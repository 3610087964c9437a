import { availableParallelism } from "node:os";

/** Readers at work at the same time in this process: they use processor and memory like nothing else a worker does. */
const MAX_READERS = Math.max(2, availableParallelism());

const waiting: (() => void)[] = [];
let busy = 0;

/** Waits for a place, first come first served; the answer gives it back and must be called once. Rejects on abort. */
export async function takeReaderSlot(signal: AbortSignal): Promise<() => void> {
  signal.throwIfAborted();
  if (busy < MAX_READERS) busy += 1;
  else await placeInLine(signal);
  return () => {
    const next = waiting.shift();
    if (next) next();
    else busy -= 1;
  };
}

/** The one who leaves hands the place on, so `busy` does not change here. */
function placeInLine(signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const enter = () => {
      signal.removeEventListener("abort", leave);
      resolve();
    };
    const leave = () => {
      waiting.splice(waiting.indexOf(enter), 1);
      reject(signal.reason);
    };
    waiting.push(enter);
    signal.addEventListener("abort", leave, { once: true });
  });
}
