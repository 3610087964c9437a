import type { EngineQueue, TransportView, WorkerQueue } from "@/server/queue/contract";
import { createPostgresEngineQueue } from "@/server/queue/postgres-engine-queue";
import type { PostgresQueueStore } from "@/server/queue/postgres-queue-store";
import { createPostgresWorkerQueue } from "@/server/queue/postgres-worker-queue";
import { createRedisEngineQueue } from "@/server/queue/redis-engine-queue";
import { openRedisPulse } from "@/server/queue/redis-pulse";
import { createRedisWorkerQueue } from "@/server/queue/redis-worker-queue";
import { createSwitchingEngineQueue } from "@/server/queue/switching-engine-queue";
import { createSwitchingWorkerQueue } from "@/server/queue/switching-worker-queue";
import { TransportWatch } from "@/server/queue/transport-watch";
import type { TroubleListener } from "@/server/queue/trouble";

export interface TransportOptions {
  /** Null: messages travel through Postgres only. */
  url: string | null;
  /** Before every key; `batuta:` unless told. */
  prefix?: string;
  /** The row of the table `transport`. */
  readRow: () => Promise<{ mode: "redis" | "postgres"; epoch: string }>;
  onTrouble?: TroubleListener;
}

/** What one process has of the transport. `start` it before its queues are used. */
export interface Transport {
  readonly view: TransportView;
  /** `rows` is this engine's own: it remembers which signal rows are under way. */
  engineQueue(engineId: string, rows: PostgresQueueStore): EngineQueue;
  workerQueue(sessionId: string, rows: PostgresQueueStore, onTrouble?: TroubleListener): WorkerQueue;
  /** Whether Redis answers within about so many milliseconds, asked on a kept connection; null: there is none to use. */
  readonly redisAnswers: ((waitMs: number) => Promise<boolean>) | null;
  /** What is not as it should be, in words; null when all is well. */
  trouble(): string | null;
  start(): Promise<void>;
  /** Call it after the queues are closed. */
  stop(): Promise<void>;
}

/** Opens the transport of a process: both ways when there is a Redis to use, else Postgres alone. */
export function openTransport({ url, prefix, readRow, onTrouble }: TransportOptions): Transport {
  const pulse = url === null ? null : openRedisPulse({ url, prefix, onTrouble });
  const watch = new TransportWatch({ readRow, pulse, onTrouble });
  return {
    view: watch,
    redisAnswers: pulse && (async (waitMs) => (await pulse.beat(waitMs)).answers),
    engineQueue(engineId, rows) {
      const postgres = createPostgresEngineQueue({ store: rows, onTrouble });
      if (url === null) return postgres;
      const redis = createRedisEngineQueue({ url, prefix, engineId, rows, onTrouble });
      return createSwitchingEngineQueue({ redis, postgres, watch, onTrouble });
    },
    workerQueue(sessionId, rows, told = onTrouble) {
      const postgres = createPostgresWorkerQueue({ store: rows, sessionId, onTrouble: told });
      if (url === null) return postgres;
      const redis = createRedisWorkerQueue({ url, prefix, sessionId, rows, onTrouble: told });
      return createSwitchingWorkerQueue({ redis, postgres, store: rows, sessionId, watch, onTrouble: told });
    },
    trouble() {
      if (url === null) return "No Redis: tasks and signals travel through Postgres";
      if (watch.mode === "postgres") {
        return "Redis is away: tasks and signals travel through Postgres until it is back";
      }
      return watch.redis.answers ? null : "Redis does not answer this process: its signals travel through Postgres";
    },
    start: () => watch.start(),
    stop: () => watch.stop(),
  };
}
