import type { Signal } from "@/server/engine/signal";
import { faultPoint } from "@/server/fault-point";
import { createBackoff } from "@/server/workers/backoff";

/** A signal for the engine, with the receipt of the delivery that it settles. */
export interface Report {
  signal: Signal;
  receipt: string | null;
}

export interface Reporter {
  add(report: Report): void;
  /** Reports that are not in the queue yet. */
  size(): number;
  /** Resolves true when nothing is left to send, false when `waitMs` is over before. */
  flushed(waitMs: number): Promise<boolean>;
  /** Forgets what was not sent, and sends nothing any more. */
  drop(): void;
}

const MOST_PER_REPORT = 250;
/** After this many failures in a row reports go one by one, so that a single bad one cannot hold up the others. */
const FAILURES_BEFORE_SINGLE = 3;

/**
 * Sends reports in order, up to 250 at once: what one turn of the event loop brings goes out together, nothing waits for
 * more. While the queue is away they are kept and tried again.
 */
export function createReporter(options: {
  send: (reports: Report[]) => Promise<void>;
  onSent: (count: number) => void;
  onError: (error: unknown, waiting: number) => void;
}): Reporter {
  const waiting: Report[] = [];
  const backoff = createBackoff();
  const dropped = new AbortController();
  let emptied: (() => void)[] = [];
  let sending = false;
  let failures = 0;

  async function sendAll(): Promise<void> {
    sending = true;
    await new Promise((resolve) => setImmediate(resolve));
    while (waiting.length > 0 && !dropped.signal.aborted) await sendSome();
    sending = false;
    for (const resolve of emptied) resolve();
    emptied = [];
  }

  async function sendSome(): Promise<void> {
    const batch = waiting.slice(0, failures >= FAILURES_BEFORE_SINGLE ? 1 : MOST_PER_REPORT);
    try {
      faultPoint("worker.before_report");
      await options.send(batch);
      faultPoint("worker.after_report");
    } catch (error) {
      failures++;
      options.onError(error, waiting.length);
      if (batch.length === 1 && waiting.length > 1) waiting.push(waiting.shift() as Report);
      await backoff.failed(dropped.signal);
      return;
    }
    waiting.splice(0, batch.length);
    failures = 0;
    backoff.worked();
    options.onSent(batch.length);
  }

  return {
    add(report) {
      if (dropped.signal.aborted) return;
      waiting.push(report);
      if (!sending) void sendAll();
    },
    size: () => waiting.length,
    async flushed(waitMs) {
      if (waiting.length === 0 && !sending) return true;
      let timer: NodeJS.Timeout | undefined;
      const inTime = await Promise.race([
        new Promise<boolean>((resolve) => emptied.push(() => resolve(true))),
        new Promise<boolean>((resolve) => {
          timer = setTimeout(resolve, waitMs, false);
        }),
      ]);
      clearTimeout(timer);
      return inTime && waiting.length === 0;
    },
    drop() {
      waiting.length = 0;
      dropped.abort();
    },
  };
}
