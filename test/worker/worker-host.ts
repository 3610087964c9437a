import { tmpdir } from "node:os";
import { join } from "node:path";
import type { BlueprintDocument } from "@/lib/blueprint/document";
import { noDocuments } from "@/server/documents/no-documents";
import { createPostgresWorkerQueue } from "@/server/queue/postgres-worker-queue";
import { createRedisWorkerQueue } from "@/server/queue/redis-worker-queue";
import { openDatabase } from "@/server/store/database";
import { createQueueStore } from "@/server/store/queue-store";
import { saveProgress, taskParams } from "@/server/store/running-task";
import type { DeclaredTask } from "@/server/tasks/declare-task";
import type { TaskFunction } from "@/server/tasks/task-function";
import { type PlacedTask, taskSet, tasksInMemory } from "@/server/tasks/task-set";
import { createWorkerMetrics } from "@/server/worker/metrics";
import { openRuntime, type RuntimeParts } from "@/server/worker/open-runtime";
import { createWorker, type Worker } from "@/server/worker/worker";
import type { WorkerOptions } from "@/server/worker/worker-options";
import { ownSessionRows } from "@/server/workers/worker-rows";
import type { HostOptions } from "@/test/turn/engine-host";

export interface WorkerHost {
  worker: Worker;
  warnings: string[];
  metrics: ReturnType<typeof createWorkerMetrics>;
  stop(): Promise<void>;
}

/** A worker on real servers, as the process makes it, with tasks in the test's memory, or such that can travel. */
export async function hostWorkerProcess(
  host: HostOptions,
  tasks: Record<string, TaskFunction | DeclaredTask> | PlacedTask[],
  changes: Partial<WorkerOptions & Pick<RuntimeParts, "stores" | "log" | "place" | "heapMb" | "environment">> = {},
): Promise<WorkerHost> {
  const database = openDatabase(host.databaseUrl, { max: 5, name: "test worker" });
  const store = createQueueStore(database);
  const warnings: string[] = [];
  const metrics = createWorkerMetrics(() => null);
  const log = {
    debug: () => undefined,
    info: () => undefined,
    warn: (message: string, fields?: object) => warnings.push(`${message} ${JSON.stringify(fields ?? {})}`),
    error: (message: string, fields?: object) => warnings.push(`${message} ${JSON.stringify(fields ?? {})}`),
  };
  const runtime = openRuntime({
    tasks: taskSet(Array.isArray(tasks) ? tasks : tasksInMemory(tasks)),
    slots: changes.concurrency ?? 4,
    place: changes.place ?? { root: join(tmpdir(), "batuta-no-files"), operators: null },
    clientOf: null,
    stores: changes.stores ?? {
      reports: { publish: () => Promise.reject(new Error("no reports here")) },
      documents: noDocuments(() => new Error("no documents here")),
    },
    environment: changes.environment ?? {},
    ...(changes.heapMb ? { heapMb: changes.heapMb } : {}),
    log: changes.log ?? log,
    registry: metrics.registry,
  });
  const worker = createWorker({
    name: "w1",
    hostname: "here",
    version: "0",
    runtime,
    sessions: ownSessionRows(database),
    openQueue: (sessionId, onTrouble) =>
      host.redisUrl === null
        ? createPostgresWorkerQueue({ store, sessionId, onTrouble })
        : createRedisWorkerQueue({ url: host.redisUrl, prefix: host.prefix, sessionId, rows: store, onTrouble }),
    taskParams: (jobId, no) => taskParams(database, jobId, no),
    saveProgress: (rows) => saveProgress(database, rows),
    concurrency: 4,
    prefetch: 8,
    leaseMs: 30_000,
    startReportMs: 200,
    drainMs: 10_000,
    log,
    metrics,
    ...changes,
  });
  await worker.start();
  return {
    worker,
    warnings,
    metrics,
    async stop() {
      await worker.stop();
      await database.close();
    },
  };
}

/** A blueprint of one task: `work`, with the params of the job's input. */
export function oneTask(name: string, taskType: string, more: Record<string, unknown> = {}): BlueprintDocument {
  return {
    name,
    states: {
      work: {
        type: "task",
        start: true,
        task_type: taskType,
        params: { in: "${initial_data}" },
        transitions: { success: "done" },
        retry: { max_attempts: 2, base_ms: 20 },
        ...more,
      },
      done: { type: "end", outcome: "success" },
    },
  } as BlueprintDocument;
}

/** A promise that a test resolves when it is time. */
export function gate(): { opened: Promise<void>; open: () => void } {
  let open = (): void => undefined;
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { opened, open };
}
