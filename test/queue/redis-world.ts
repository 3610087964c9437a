import { randomUUID } from "node:crypto";
import type { EngineQueue, WorkerQueue } from "@/server/queue/contract";
import type { PostgresQueueStore } from "@/server/queue/postgres-queue-store";
import { createRedisEngineQueue, type RedisEngineQueue } from "@/server/queue/redis-engine-queue";
import { createRedisWorkerQueue } from "@/server/queue/redis-worker-queue";
import type { QueueWorld } from "./queue-world";

export interface RedisWorld extends QueueWorld {
  engine(engineId?: string): RedisEngineQueue;
  /** What was told as trouble. */
  troubles: string[];
}

/** The Redis queue at `url`. `makeRows` opens the door to Postgres for large signals. */
export function createRedisWorld(url: string, prefix: string, makeRows?: () => PostgresQueueStore): RedisWorld {
  const opened: (EngineQueue | WorkerQueue)[] = [];
  const troubles: string[] = [];
  const onTrouble = (what: string, error: unknown) => {
    troubles.push(`${what}: ${error instanceof Error ? error.message : String(error)}`);
  };
  const open = <Queue extends EngineQueue | WorkerQueue>(queue: Queue): Queue => {
    opened.push(queue);
    return queue;
  };
  return {
    troubles,
    engine: (engineId = randomUUID()) =>
      open(createRedisEngineQueue({ url, prefix, engineId, rows: makeRows?.(), onTrouble })),
    worker: (sessionId = randomUUID()) =>
      open(createRedisWorkerQueue({ url, prefix, sessionId, rows: makeRows?.(), onTrouble })),
    async offer(engine, messages) {
      engine.announce(messages);
      // Asking for one of them waits for the pipeline that carries them all.
      if (messages.length > 0) await engine.membership(messages.slice(0, 1));
    },
    async cancel(engine, messages) {
      engine.withdraw(messages);
    },
    async commit(engine, received) {
      const receipts = received.map(({ receipt }) => receipt);
      await makeRows?.().removeSignals(engine.signalRowsOf(receipts));
      engine.settleSignals(receipts);
    },
    async close() {
      await Promise.all(opened.splice(0).map((queue) => queue.close()));
    },
  };
}
