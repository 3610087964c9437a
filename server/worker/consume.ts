import type { Delivery, WorkerQueue } from "@/server/queue/contract";
import { createBackoff } from "@/server/workers/backoff";
import type { Hand } from "./hand";

export interface Consumer {
  /** Takes no more. Resolves when the last read has come back, with what it brought. */
  stop(): Promise<Delivery[]>;
}

/** One blocking read waits this long; also how long a stop may have to wait for it. */
const READ_WAIT_MS = 1_000;

/** What keeps a worker from taking tasks may end without a sign. */
const LOOK_AGAIN_MS = 250;

/**
 * Takes deliveries while there is room, in portions of at least half the prefetch, so that a busy worker does not read
 * one message at a time. Survives a queue that is away.
 */
export function startConsumer(options: {
  queue: Pick<WorkerQueue, "take">;
  types: string[];
  hand: Hand;
  /** Checked before each read: too many unsent reports, for instance. */
  mayTake: () => boolean;
  onTaken: (deliveries: Delivery[]) => void;
  onError: (error: unknown) => void;
}): Consumer {
  const { queue, types, hand } = options;
  const backoff = createBackoff();
  const stopping = new AbortController();
  const leftOver: Delivery[] = [];

  async function takeSome(): Promise<void> {
    try {
      const deliveries = await queue.take(types, hand.room, READ_WAIT_MS);
      backoff.worked();
      if (stopping.signal.aborted) leftOver.push(...deliveries);
      else options.onTaken(deliveries);
    } catch (error) {
      if (stopping.signal.aborted) return;
      options.onError(error);
      await backoff.failed(stopping.signal);
    }
  }

  async function loop(): Promise<void> {
    while (!stopping.signal.aborted) {
      if (hand.room < hand.leastRoom) await hand.nextChange();
      else if (options.mayTake()) await takeSome();
      else await hand.nextChange(LOOK_AGAIN_MS);
    }
  }

  const ended = types.length === 0 ? Promise.resolve() : loop();
  return {
    async stop() {
      stopping.abort();
      hand.changed();
      await ended;
      return leftOver;
    },
  };
}
