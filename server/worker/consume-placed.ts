import type { Delivery, WorkerQueue } from "@/server/queue/contract";
import { createBackoff } from "@/server/workers/backoff";

export interface PlacedConsumer {
  /** Somebody says that tasks wait for this session. */
  told(): void;
  /** Takes no more. Resolves when the last read has come back, with what it brought. */
  stop(): Promise<Delivery[]>;
}

/** A notice that was lost costs at most this. */
const SWEEP_MS = 1_000;

/** Takes the tasks that the dispatcher gave to this session: it has counted the places. */
export function startPlacedConsumer(options: {
  queue: Pick<WorkerQueue, "takePlaced">;
  limit: number;
  /** Checked before each read. */
  mayTake: () => boolean;
  onTaken: (deliveries: Delivery[]) => void;
  onError: (error: unknown) => void;
}): PlacedConsumer {
  const stopping = new AbortController();
  const backoff = createBackoff();
  const leftOver: Delivery[] = [];
  let isTold = true;
  let wake = (): void => undefined;

  function next(): Promise<void> {
    if (isTold || stopping.signal.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, SWEEP_MS);
      wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  async function takeSome(): Promise<void> {
    isTold = false;
    try {
      const deliveries = await options.queue.takePlaced(options.limit);
      backoff.worked();
      if (deliveries.length === 0) return;
      isTold = deliveries.length === options.limit;
      if (stopping.signal.aborted) leftOver.push(...deliveries);
      else options.onTaken(deliveries);
    } catch (error) {
      if (stopping.signal.aborted) return;
      options.onError(error);
      await backoff.failed(stopping.signal);
    }
  }

  const ended = (async () => {
    while (!stopping.signal.aborted) {
      if (options.mayTake()) await takeSome();
      else isTold = false;
      await next();
    }
  })();
  return {
    told() {
      isTold = true;
      wake();
    },
    async stop() {
      stopping.abort();
      wake();
      await ended;
      return leftOver;
    },
  };
}
