import { readFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import type { Registry } from "prom-client";
import { z } from "zod";
import { version } from "@/package.json";
import type { Config } from "@/server/config";
import type { RemoteWorkerConfig } from "@/server/config/remote-worker";
import { taskEnvironment } from "@/server/config/task-environment";
import { noDocuments } from "@/server/documents/no-documents";
import { createLog, type Log } from "@/server/log";
import { TaskError, type TaskStores } from "@/server/tasks/task-function";
import type { TaskSet } from "@/server/tasks/task-set";
import {
  createWorker,
  defineSkill,
  outcome,
  type Skill,
  SkillError,
  TaskStopped,
  type Worker,
} from "@/server/worker-sdk/sdk";
import type { WorkerHealth } from "./health";
import { createWorkerMetrics, type WorkerMetrics } from "./metrics";
import { openRuntime } from "./open-runtime";
import { overrunOf } from "./overrun";
import { type Probes, startProbes } from "./probes";
import { slotsCheck, watchLiveness } from "./probes/liveness";
import { createReadiness } from "./probes/readiness";
import type { StopReason } from "./run-task";
import type { TaskOutcome } from "./task-outcome";
import type { TaskRuntime } from "./task-runtime";

/** Task types that write into the database themselves. */
const NEEDS_DATABASE = new Set(["publish_report", "process_document"]);

export interface RemoteWorker {
  worker: Worker;
  probes: Probes;
  log: Log;
  /** Drains and closes everything. */
  stop(): Promise<void>;
}

/**
 * The worker process without a database: serves the task functions to an orchestrator over HTTP, as any remote worker
 * does. Resolves when it is registered; rejects when it is refused.
 */
export async function startRemoteWorker(
  config: Config,
  remote: RemoteWorkerConfig,
  tasks: TaskSet,
): Promise<RemoteWorker> {
  const log = createLog({ ...config.log, hide: [remote.token, config.metricsToken] }).child({
    worker: config.worker.id,
  });
  const running: Running = { worker: null, runtime: null };
  const health = () => healthOf(running);
  const metrics = createWorkerMetrics(health, {
    version,
    hostname: hostname(),
    dependencies: () => ({ orchestrator: isRegistered(running.worker) }),
    heartbeatAt: () => null,
    onFault: (error) => log.warn("a figure could not be kept", { error }),
  });
  const runtime = openRuntime({
    tasks,
    slots: config.worker.slots,
    place: { root: join(config.dataDir, "files"), operators: null },
    clientOf: null,
    stores: noStores,
    environment: taskEnvironment(),
    log,
    registry: metrics.registry,
  });
  running.runtime = runtime;
  const skills = tasks.names
    .filter((name) => !NEEDS_DATABASE.has(tasks.find(name)?.name ?? name))
    .map((name) => skillOf(name, runtime, metrics));
  const worker = createWorker({
    workerId: config.worker.id,
    workerType: "batuta",
    orchestrators: [orchestratorOf(remote)],
    skills,
    concurrency: config.worker.slots,
    drainMs: config.worker.shutdownMs,
    pollSeconds: config.workerPollMs / 1_000,
    heartbeatMs: Math.round(config.workerLeaseMs / 3),
    installedSoftware: { batuta: version, node: process.versions.node },
    log,
  });
  running.worker = worker;
  const { probes, stopProbes } = await openProbes(config, running, metrics.registry, log);
  const { httpHost: host } = config.worker;
  log.info("worker listening", { host, port: probes.port, tasks_at_once: config.worker.slots, serves: remote.url });
  const stop = async () => {
    await worker.stop();
    await runtime.close();
    await stopProbes();
  };
  try {
    await worker.start();
  } catch (error) {
    await stop();
    throw error;
  }
  return { worker, probes, log, stop };
}

/** What there is of it by now. */
interface Running {
  worker: Worker | null;
  runtime: TaskRuntime | null;
}

async function openProbes(config: Config, running: Running, registry: Registry, log: Log) {
  const worker = () => running.worker;
  const { httpHost: host, httpPort: port, httpRequired: required } = config.worker;
  const readiness = createReadiness(
    [],
    [
      {
        name: "orchestrator",
        look: () => (isRegistered(worker()) ? null : "this worker is not registered at its orchestrator"),
      },
      { name: "slots", look: () => running.runtime?.blocked() ?? null },
      { name: "draining", look: () => (worker()?.state().isDraining ? "takes no more tasks and ends" : null) },
    ],
  );
  const liveness = watchLiveness({ pulse: null, more: [slotsCheck(() => healthOf(running))] });
  const probes = await startProbes({
    host,
    port,
    required,
    health: () => healthOf(running),
    liveness,
    readiness,
    hasStarted: () => isRegistered(worker()),
    registry,
    metricsDoor: { requireAuth: config.metricsRequireAuth, token: config.metricsToken },
    log,
  });
  const stopProbes = async () => {
    liveness.stop();
    await probes.close();
  };
  return { probes, stopProbes };
}

function isRegistered(worker: Worker | null): boolean {
  return Object.values(worker?.state().registered ?? {}).some(Boolean);
}

function orchestratorOf({ url, token, tls }: RemoteWorkerConfig) {
  const read = (path: string | null) => (path === null ? undefined : readFileSync(path));
  const parts = { ca: read(tls.caPath), cert: read(tls.certPath), key: read(tls.keyPath) };
  return { url, tls: parts, ...(token === null ? {} : { token }) };
}

function skillOf(type: string, runtime: TaskRuntime, metrics: WorkerMetrics): Skill {
  return defineSkill({
    name: type,
    version,
    input: z.looseObject({}),
    async run(params, context) {
      const { jobId, taskId, attempt, idempotencyKey, signal } = context;
      const onProgress = (fraction: number, message?: string) => context.progress(fraction, message);
      const facts = { jobId, taskId, attempt, idempotencyKey };
      // Time limits are the SDK's, which tells the task through its signal.
      const request = { ...facts, type, params: JSON.stringify(params), timeoutMs: null, onProgress };
      const run = runtime.run(request);
      const stop = () => run.stop(stopReasonOf(signal.reason));
      if (signal.aborted) stop();
      else signal.addEventListener("abort", stop, { once: true });
      const ended = await run.outcome;
      signal.removeEventListener("abort", stop);
      const { outcome: word, error, ms } = ended;
      metrics.ended({ type, outcome: word, ms, ...(error ? { code: error.code } : {}) });
      signal.throwIfAborted();
      if (error) throw errorOf(error, ended.retryAfterMs);
      return outcome(word, ended.data);
    },
  });
}

function errorOf({ code, message, details }: NonNullable<TaskOutcome["error"]>, retryAfterMs?: number): SkillError {
  return new SkillError(code, message, { details, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) });
}

function stopReasonOf(reason: unknown): StopReason {
  const why = reason instanceof TaskStopped ? reason.reason : "cancelled";
  if (why === "deadline") return "cancelled";
  return why === "drained" ? "shutdown" : why;
}

/** What a task gets where there is no database. */
export const noStores: TaskStores = {
  documents: noDocuments(
    () => new TaskError("DEPENDENCY_ERROR", "A worker without a database keeps no documents: give it DATABASE_URL"),
  ),
  reports: {
    publish: () =>
      Promise.reject(
        new TaskError("DEPENDENCY_ERROR", "A worker without a database publishes no reports: give it DATABASE_URL"),
      ),
  },
};

function healthOf({ worker, runtime }: Running): WorkerHealth {
  const state = worker?.state() ?? { isDraining: false, running: 0, registered: {} };
  const registered = isRegistered(worker);
  const blocked = runtime?.blocked() ?? null;
  return {
    ready: registered && !state.isDraining && blocked === null,
    draining: state.isDraining,
    blocked,
    overrun: runtime && overrunOf(runtime.stats()),
    checks: { orchestrator: registered ? "ok" : "not registered", ...(state.isDraining ? { worker: "draining" } : {}) },
    sessionId: null,
    running: state.running,
    waiting: 0,
    unreported: 0,
  };
}
