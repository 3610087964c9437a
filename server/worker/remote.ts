import { readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { version } from "@/package.json";
import type { Config } from "@/server/config";
import type { RemoteWorkerConfig } from "@/server/config/remote-worker";
import type { BlobStore } from "@/server/files/blob-store";
import { localFiles } from "@/server/files/local-job-files";
import { createLog, type Log } from "@/server/log";
import { TaskError, type TaskFunction, type TaskStores } from "@/server/tasks/task-function";
import {
  createWorker,
  defineSkill,
  outcome,
  type Skill,
  type SkillContext,
  SkillError,
  type Worker,
} from "@/server/worker-sdk/sdk";
import type { WorkerHealth } from "./health";
import { createWorkerMetrics, type WorkerMetrics } from "./metrics";
import { type Probes, startProbes } from "./probes";
import { outcomeOf } from "./task-outcome";

/** Task types that write into the database themselves. */
const NEEDS_DATABASE = new Set(["publish_report"]);

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
  tasks: Record<string, TaskFunction>,
): Promise<RemoteWorker> {
  const log = createLog({ ...config.log, hide: [remote.token] }).child({ worker: config.worker.id });
  const running: { worker: Worker | null } = { worker: null };
  const health = () => healthOf(running.worker);
  const metrics = createWorkerMetrics(health);
  const files = localFiles(join(config.dataDir, "files"), null);
  const skills = Object.entries(tasks)
    .filter(([type]) => !NEEDS_DATABASE.has(type))
    .map(([type, run]) => skillOf(type, run, files, metrics));
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
  const { httpHost: host, httpPort: port } = config.worker;
  const probes = await startProbes({ host, port, health, registry: metrics.registry });
  log.info("worker listening", { host, port: probes.port, tasks_at_once: config.worker.slots, serves: remote.url });
  const stop = async () => {
    await worker.stop();
    await probes.close();
  };
  try {
    await worker.start();
  } catch (error) {
    await stop();
    throw error;
  }
  return { worker, probes, log, stop };
}

function orchestratorOf({ url, token, tls }: RemoteWorkerConfig) {
  const read = (path: string | null) => (path === null ? undefined : readFileSync(path));
  const parts = { ca: read(tls.caPath), cert: read(tls.certPath), key: read(tls.keyPath) };
  return { url, tls: parts, ...(token === null ? {} : { token }) };
}

function skillOf(type: string, run: TaskFunction, files: BlobStore, metrics: WorkerMetrics): Skill {
  return defineSkill({
    name: type,
    version,
    input: z.looseObject({}),
    async run(params, context) {
      const began = performance.now();
      let ending: { outcome: string; code?: string } = { outcome: "failure", code: "INTERNAL_ERROR" };
      try {
        const ended = outcomeOf(await run(params, taskContext(context, files)));
        ending = { outcome: ended.outcome, code: ended.error?.code };
        if (ended.error) throw new SkillError(ended.error.code, ended.error.message, { details: ended.error.details });
        return outcome(ended.outcome, ended.data);
      } finally {
        metrics.ended({ type, ...ending, ms: performance.now() - began });
      }
    },
  });
}

function taskContext(context: SkillContext, files: BlobStore) {
  const { jobId, taskId, attempt, idempotencyKey, signal, progress } = context;
  return {
    jobId,
    taskId,
    attempt,
    idempotencyKey,
    signal,
    progress,
    files: files.ofJob?.(jobId) ?? files,
    stores: noStores,
  };
}

const noStores: TaskStores = {
  reports: {
    publish: () =>
      Promise.reject(
        new TaskError("DEPENDENCY_ERROR", "A worker without a database publishes no reports: give it DATABASE_URL"),
      ),
  },
};

function healthOf(worker: Worker | null): WorkerHealth {
  const state = worker?.state() ?? { isDraining: false, running: 0, registered: {} };
  const registered = Object.values(state.registered).some(Boolean);
  return {
    ready: registered && !state.isDraining,
    draining: state.isDraining,
    checks: { orchestrator: registered ? "ok" : "not registered", ...(state.isDraining ? { worker: "draining" } : {}) },
    sessionId: null,
    running: state.running,
    waiting: 0,
    unreported: 0,
  };
}
