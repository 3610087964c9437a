import { randomUUID } from "node:crypto";
import { TASK_STATUS } from "@/server/engine/job";
import type { EngineQueue, WorkerQueue } from "@/server/queue/contract";
import { createPostgresEngineQueue } from "@/server/queue/postgres-engine-queue";
import { createPostgresWorkerQueue } from "@/server/queue/postgres-worker-queue";
import type { Database } from "@/server/store/database";
import { createQueueStore } from "@/server/store/queue-store";
import type { QueueWorld } from "./queue-world";

/** The Postgres queue in a migrated database. */
export function createPostgresWorld(database: Database): QueueWorld {
  const opened: (EngineQueue | WorkerQueue)[] = [];
  const open = <Queue extends EngineQueue | WorkerQueue>(queue: Queue): Queue => {
    opened.push(queue);
    return queue;
  };
  return {
    engine: () => open(createPostgresEngineQueue({ store: createQueueStore(database) })),
    worker: (sessionId = randomUUID()) =>
      open(createPostgresWorkerQueue({ store: createQueueStore(database), sessionId })),
    async offer(_engine, messages) {
      for (const { jobId, no, fence, attempt, type, priority, params, timeoutMs } of messages) {
        await database.pool.query(
          `insert into tasks (job_id, no, status, type, attempt, fence, priority, params, timeout_ms, created_at)
           values ($1, $2, $3, $4, $5, $6, $7, $8, $9, now())`,
          [jobId, no, TASK_STATUS.backlog, type, attempt, fence, priority, params, timeoutMs],
        );
      }
    },
    async cancel(engine, messages) {
      for (const { jobId, no } of messages) {
        await database.pool.query("delete from tasks where job_id = $1 and no = $2", [jobId, no]);
      }
      engine.withdraw(messages);
    },
    async commit(engine, received) {
      const receipts = received.map(({ receipt }) => receipt);
      await database.pool.query("delete from signals where id = any ($1::bigint[])", [engine.signalRowsOf(receipts)]);
      engine.settleSignals(receipts);
    },
    async close() {
      await Promise.all(opened.splice(0).map((queue) => queue.close()));
    },
  };
}
