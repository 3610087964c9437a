import { hostname } from "node:os";
import { join } from "node:path";
import { version } from "@/package.json";
import type { Config } from "@/server/config";
import { taskEnvironment } from "@/server/config/task-environment";
import { createEmbedder } from "@/server/documents/embedder";
import type { Log } from "@/server/log";
import { ownTasks } from "@/server/own-code/own-tasks";
import type { NoticeBus } from "@/server/queue/contract";
import { createNoticeBus } from "@/server/queue/notice-bus";
import { openTransport } from "@/server/queue/open-transport";
import { createRedisNoticeLines } from "@/server/queue/redis-live-bus";
import { quietTrouble } from "@/server/queue/trouble";
import { type Database, openDatabase } from "@/server/store/database";
import { openDatabaseProbe } from "@/server/store/database-probe";
import { createDocumentStore } from "@/server/store/documents";
import { createNoticeLines } from "@/server/store/notice-lines";
import { createQueueStore } from "@/server/store/queue-store";
import { clientOfJob } from "@/server/store/reads/job-states";
import { countWaiting } from "@/server/store/reads/waiting-queues";
import { createReportWriter } from "@/server/store/reports";
import { saveProgress, taskParams } from "@/server/store/running-task";
import { OPERATORS_CLIENT_ID } from "@/server/store/schema/clients";
import { readTransport } from "@/server/store/transport";
import { taskFunctions } from "@/server/tasks/registry";
import type { TaskStores } from "@/server/tasks/task-function";
import { shippedTasks, type TaskSet, taskSet } from "@/server/tasks/task-set";
import { ownSessionRows } from "@/server/workers/worker-rows";
import type { WorkerHealth } from "./health";
import { observeWorker, PROBE_WAIT_MS } from "./observation";
import { openRuntime } from "./open-runtime";
import type { TaskAllowance } from "./task-allowance";
import { createWorker, type Worker } from "./worker";

const START_REPORT_MS = 1_000;
/** Deliveries in hand beyond the running ones, per place. */
const PREFETCH_FACTOR = 2;
/** The same while tasks are short, for the whole worker. */
const MOST_PREFETCH = 500;
const NOT_YET: WorkerHealth = {
  ready: false,
  draining: false,
  blocked: null,
  overrun: null,
  checks: {},
  sessionId: null,
  running: 0,
  waiting: 0,
  unreported: 0,
};

/**
 * The tasks that ship, and those of the folder that `TASKS_DIR` names. Throws an OwnCodeError for its faults, and a
 * TaskSetError for a name that two tasks have.
 */
export async function tasksOf(config: Config): Promise<TaskSet> {
  const { tasksDir: folder, blueprintsDir, dataDir } = config;
  const shipped = shippedTasks(taskFunctions);
  if (folder === null) return taskSet(shipped);
  const taken = [...taskSet(shipped).names];
  const cacheFolder = join(dataDir, "own-code");
  return taskSet([...shipped, ...(await ownTasks({ folder, cacheFolder, taken, mixed: folder === blueprintsDir }))]);
}

/** A worker inside of another program: without probes. `started` resolves when it takes tasks. */
export function runWorker(config: Config, tasks: TaskSet, log: Log): { started: Promise<void>; stop(): Promise<void> } {
  const parts = openWorker(config, tasks, log);
  const started = parts.start();
  return {
    started,
    async stop() {
      await parts.worker.stop();
      await Promise.allSettled([started]);
      await parts.close();
    },
  };
}

/** The parts of a worker process, wired and not started. */
export function openWorker(
  config: Config,
  tasks: TaskSet,
  log: Log,
  run: { hurry?: AbortSignal; allowance?: TaskAllowance } = {},
) {
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
  const probe = openDatabaseProbe(config.databaseUrl, { name: "batuta worker probe", waitMs: PROBE_WAIT_MS });
  const { redisAnswers } = transport;
  const servers = { database: () => probe.ask(), redis: redisAnswers && (() => redisAnswers(PROBE_WAIT_MS)) };
  const observation = observeWorker({
    health: () => own.worker?.health() ?? NOT_YET,
    servers,
    slots: config.worker.slots,
    version,
    hostname: hostname(),
    allowance: run.allowance,
    onFault: (error) => log.warn("a figure could not be kept", { error }),
  });
  const runtime = openRuntime({
    tasks,
    slots: config.worker.slots,
    maxRssMb: config.worker.maxRssMb,
    place: { root: join(config.dataDir, "files"), operators: OPERATORS_CLIENT_ID },
    clientOf: (jobId) => clientOfJob(database.pool, jobId),
    stores: storesOf(database, config),
    environment: taskEnvironment(),
    log,
    registry: observation.metrics.registry,
  });
  const worker = createWorker({
    name: config.worker.id,
    hostname: hostname(),
    version,
    runtime,
    sessions: observation.sessions(ownSessionRows(database)),
    openQueue: (sessionId, onTrouble) =>
      observation.queue(transport.workerQueue(sessionId, createQueueStore(database), onTrouble)),
    onPlaced: (listener) => notices.on("placed", (text) => listener(JSON.parse(text) as string[])),
    taskParams: (jobId, no) => taskParams(database, jobId, no),
    saveProgress: (rows) => saveProgress(database, rows),
    concurrency: config.worker.slots,
    prefetch: config.worker.slots * PREFETCH_FACTOR,
    mostPrefetch: Math.max(config.worker.slots * PREFETCH_FACTOR, MOST_PREFETCH),
    leaseMs: config.workerLeaseMs,
    startReportMs: START_REPORT_MS,
    drainMs: config.worker.shutdownMs,
    hurry: run.hurry,
    log,
    metrics: observation.metrics,
  });
  own.worker = worker;
  return {
    worker,
    exhausted: runtime.exhausted,
    observation,
    servers: { ...servers, transportMode: async () => (await readTransport(database)).mode },
    waitingTasks: () => countWaiting(database.pool, [...tasks.names]),
    /** Resolves when the first session is registered; rejects when it cannot be started. */
    async start() {
      await transport.start();
      await worker.start();
    },
    async close() {
      observation.stop();
      await notices.close();
      await transport.stop();
      await Promise.all([database.close(), probe.close()]);
    },
  };
}

/** What tasks may ask of the database. */
export function storesOf(database: Database, { embeddings }: Config): TaskStores {
  return {
    reports: createReportWriter(database.db),
    documents: createDocumentStore(database.pool, embeddings && createEmbedder(embeddings)),
  };
}

function openNotices({ redisUrl: url, redisPrefix: prefix, databaseUrl }: Config, log: Log): NoticeBus {
  const onTrouble = quietTrouble((what, error) => log.warn(what, { part: "queue", error }));
  if (url !== null) return createNoticeBus(createRedisNoticeLines({ url, prefix, onTrouble }));
  const onError = (error: Error) => onTrouble("Notices do not come from other processes", error);
  return createNoticeBus(createNoticeLines({ url: databaseUrl, name: "batuta worker notices", onError }));
}
