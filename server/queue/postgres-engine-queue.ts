import type { Signal } from "@/server/engine/signal";
import type { EngineQueue, ReceivedSignal } from "@/server/queue/contract";
import type { PostgresQueueStore } from "@/server/queue/postgres-queue-store";
import { signalRows } from "@/server/queue/signal-row";
import { SignalRowInbox } from "@/server/queue/signal-row-inbox";
import { quietTrouble, type TroubleListener } from "@/server/queue/trouble";
import { Waker } from "@/server/queue/waker";

const SHORTEST_PAUSE_MS = 1;
const LONGEST_PAUSE_MS = 20;
const PAUSE_AFTER_ERROR_MS = 250;

export interface PostgresEngineQueueOptions {
  store: PostgresQueueStore;
  onTrouble?: TroubleListener;
}

/** What the Postgres queue can do beyond the contract. */
export interface PostgresEngineQueue extends EngineQueue {
  /** Says that signals may be there now: whoever waits in `takeSignals` looks at once. */
  poke(): void;
}

/**
 * The engine's side of the queue without Redis. There is no window: ready tasks stay rows, a worker's claim is their
 * delivery, and signals are rows that the commit deletes (`signalRowsOf`). `settleSignals` must still be called after
 * the commit: until then the rows count as under way.
 */
export function createPostgresEngineQueue({ store, onTrouble }: PostgresEngineQueueOptions): PostgresEngineQueue {
  const tell = quietTrouble(onTrouble);
  const inbox = new SignalRowInbox(store, tell);
  const waker = new Waker();
  let closed = false;

  /** New signals, none when Postgres is away, which is told and waited out. */
  const poll = async (partitions: number[], limit: number): Promise<ReceivedSignal[]> => {
    try {
      return await inbox.poll(partitions, limit);
    } catch (error) {
      tell("Signal rows could not be read", error);
      await waker.wait(PAUSE_AFTER_ERROR_MS);
      return [];
    }
  };

  return {
    kind: "postgres",
    credit: () => 0,
    announce() {
      // A row in the backlog is all the announcement there is.
    },
    async takeSignals(partitions, limit, waitMs) {
      if (partitions.length === 0 || limit <= 0) return [];
      const deadline = Date.now() + waitMs;
      let pauseMs = SHORTEST_PAUSE_MS;
      for (;;) {
        const received = await poll(partitions, limit);
        const left = deadline - Date.now();
        if (received.length > 0 || left <= 0 || closed) return received;
        await waker.wait(Math.min(pauseMs, left));
        pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS);
      }
    },
    settleSignals(receipts) {
      inbox.settle(receipts);
    },
    async sendSignals(signals: Signal[]) {
      if (signals.length === 0) return;
      await store.insertSignals(signalRows(signals));
      waker.wake();
    },
    signalRowsOf: (receipts) => inbox.rowsOf(receipts),
    reclaimSignals: async () => [],
    withdraw() {
      // The rows are gone with the commit; workers see it when they ask.
    },
    recall() {
      // The rows say it.
    },
    rowsWritten: () => waker.wake(),
    epochChanged: async () => false,
    membership: async () => new Set(),
    // A claimed row names its session itself.
    holders: async () => new Map(),
    refillable: async () => [],
    reapSession: async () => [],
    poke: () => waker.wake(),
    async close() {
      closed = true;
      waker.wake();
    },
  };
}
