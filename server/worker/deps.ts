import { hostname } from "node:os";
import { join } from "node:path";
import { version } from "@/package.json";
import type { Config } from "@/server/config";
import { localFiles } from "@/server/files/local-job-files";
import { createLog, type Log } from "@/server/log";
import { ownTasks } from "@/server/own-code/own-tasks";
import type { NoticeBus } from "@/server/queue/contract";
import { createNoticeBus } from "@/server/queue/notice-bus";
import { openTransport } from "@/server/queue/open-transport";
import { createRedisNoticeLines } from "@/server/queue/redis-live-bus";
import { quietTrouble } from "@/server/queue/trouble";
import { openDatabase } from "@/server/store/database";
import { createNoticeLines } from "@/server/store/notice-lines";
import { createQueueStore } from "@/server/store/queue-store";
import { clientOfJob } from "@/server/store/reads/job-states";
import { createReportWriter } from "@/server/store/reports";
import { saveProgress, taskParams } from "@/server/store/running-task";
import { OPERATORS_CLIENT_ID } from "@/server/store/schema/clients";
import { readTransport } from "@/server/store/transport";
import { taskFunctions } from "@/server/tasks/registry";
import type { TaskFunction } from "@/server/tasks/task-function";
import { ownSessionRows } from "@/server/workers/worker-rows";
import { createWorkerMetrics } from "./metrics";
import { type Probes, startProbes } from "./probes";
import { createWorker, type Worker } from "./worker";

export interface RunningWorker {
  worker: Worker;
  probes: Probes;
  log: Log;
  /** Drains and closes everything; resolves when nothing is left. */
  stop(): Promise<void>;
}

const START_REPORT_MS = 1_000;
/** Deliveries in hand beyond the running ones, per place. */
const PREFETCH_FACTOR = 2;
/** The same while tasks are short, for the whole worker. */
const MOST_PREFETCH = 500;

/** The task functions that ship, and those of the folder that `TASKS_DIR` names. Throws an OwnCodeError for its faults. */
export async function tasksOf(config: Config): Promise<Record<string, TaskFunction>> {
  const { tasksDir: folder, blueprintsDir, dataDir } = config;
  if (folder === null) return taskFunctions;
  const taken = Object.keys(taskFunctions);
  const cacheFolder = join(dataDir, "own-code");
  return { ...taskFunctions, ...(await ownTasks({ folder, cacheFolder, taken, mixed: folder === blueprintsDir })) };
}

/** Makes a worker of the configuration and starts it, probes first: an orchestrator may ask before a database answers. */
export async function startWorker(config: Config): Promise<RunningWorker> {
  const tasks = await tasksOf(config);
  const log = createLog({ ...config.log, hide: [config.globalWorkerToken, config.clientToken] }).child({
    worker: config.worker.id,
  });
  const parts = openWorker(config, tasks, log);
  const { httpHost: host, httpPort: port } = config.worker;
  const { worker, metrics } = parts;
  const probes = await startProbes({ host, port, health: worker.health, registry: metrics.registry });
  log.info("worker listening", { host, port: probes.port, tasks_at_once: config.worker.slots });
  const started = parts.start();
  return {
    worker,
    probes,
    log,
    async stop() {
      await worker.stop();
      await started;
      await probes.close();
      await parts.close();
    },
  };
}

/** A worker inside of another program: without probes. `started` resolves when it takes tasks. */
export function runWorker(
  config: Config,
  tasks: Record<string, TaskFunction>,
  log: Log,
): { started: Promise<void>; stop(): Promise<void> } {
  const parts = openWorker(config, tasks, log);
  const started = parts.start();
  return {
    started,
    async stop() {
      await parts.worker.stop();
      await started;
      await parts.close();
    },
  };
}

function openWorker(config: Config, tasks: Record<string, TaskFunction>, log: Log) {
  const database = openDatabase(config.databaseUrl, {
    max: config.databasePoolSize,
    name: "batuta worker",
    onError: (error) => log.warn("a database connection was lost", { error: error.message }),
  });
  const transport = openTransport({
    url: config.redisUrl,
    prefix: config.redisPrefix,
    readRow: () => readTransport(database),
    onTrouble: (what, error) => log.warn(what, { part: "queue", error }),
  });
  const notices = openNotices(config, log);
  // The gauges read the worker, which counts into the metrics.
  const own: { worker: Worker | null } = { worker: null };
  const metrics = createWorkerMetrics(() => own.worker?.health() ?? null);
  const worker = createWorker({
    name: config.worker.id,
    hostname: hostname(),
    version,
    functions: new Map(Object.entries(tasks)),
    files: localFiles(join(config.dataDir, "files"), {
      clientOf: (jobId) => clientOfJob(database.pool, jobId),
      operators: OPERATORS_CLIENT_ID,
    }),
    stores: { reports: createReportWriter(database.db) },
    sessions: ownSessionRows(database),
    openQueue: (sessionId, onTrouble) => transport.workerQueue(sessionId, createQueueStore(database), onTrouble),
    onPlaced: (listener) => notices.on("placed", (text) => listener(JSON.parse(text) as string[])),
    taskParams: (jobId, no) => taskParams(database, jobId, no),
    saveProgress: (rows) => saveProgress(database, rows),
    concurrency: config.worker.slots,
    prefetch: config.worker.slots * PREFETCH_FACTOR,
    mostPrefetch: Math.max(config.worker.slots * PREFETCH_FACTOR, MOST_PREFETCH),
    leaseMs: config.workerLeaseMs,
    startReportMs: START_REPORT_MS,
    drainMs: config.worker.shutdownMs,
    log,
    metrics,
  });
  own.worker = worker;
  return {
    worker,
    metrics,
    /** Resolves when the first session is registered, or it could not be started, which is told. */
    start: () =>
      transport
        .start()
        .then(() => worker.start())
        .catch((error: unknown) => log.error("the worker could not start", { error })),
    async close() {
      await notices.close();
      await transport.stop();
      await database.close();
    },
  };
}

function openNotices({ redisUrl: url, redisPrefix: prefix, databaseUrl }: Config, log: Log): NoticeBus {
  const onTrouble = quietTrouble((what, error) => log.warn(what, { part: "queue", error }));
  if (url !== null) return createNoticeBus(createRedisNoticeLines({ url, prefix, onTrouble }));
  const onError = (error: Error) => onTrouble("Notices do not come from other processes", error);
  return createNoticeBus(createNoticeLines({ url: databaseUrl, name: "batuta worker notices", onError }));
}
