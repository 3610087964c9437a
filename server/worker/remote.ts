import { hostname } from "node:os";
import { join } from "node:path";
import type { Registry } from "prom-client";
import { version } from "@/package.json";
import { type Config, ConfigError } from "@/server/config";
import type { RemoteWorkerConfig } from "@/server/config/remote-worker";
import { taskEnvironment } from "@/server/config/task-environment";
import { createLog, type Log } from "@/server/log";
import { watchLiveness } from "@/server/probes/liveness";
import { createReadiness } from "@/server/probes/readiness";
import type { TaskSet } from "@/server/tasks/task-set";
import { createWorker, WireError, type Worker } from "@/server/worker-sdk/sdk";
import { ServersAwayError } from "./await-servers";
import type { WorkerHealth } from "./health";
import { longestGraceMs } from "./longest-grace";
import { createWorkerMetrics } from "./metrics";
import { noStores } from "./no-stores";
import { openRuntime } from "./open-runtime";
import { overrunOf, slotsCheck } from "./overrun";
import { startProbes } from "./probes";
import { orchestratorOf } from "./remote-orchestrator";
import { remoteSkill } from "./remote-skill";
import type { RunningWorker, RunOptions } from "./start-worker";
import { allowedUnless } from "./task-allowance";
import type { TaskRuntime } from "./task-runtime";

/** Task types that write into the database themselves. */
const NEEDS_DATABASE = new Set(["publish_report", "process_document"]);

/**
 * The worker process without a database: serves the task functions to an orchestrator over HTTP, as any remote worker
 * does. Its `started` rejects with a ConfigError when it is refused, and with a ServersAwayError after the deadline.
 */
export async function startRemoteWorker(
  config: Config,
  remote: RemoteWorkerConfig,
  tasks: TaskSet,
  options: RunOptions = {},
): Promise<RunningWorker> {
  const log = createLog({ ...config.log, hide: config.secrets }).child({ worker: config.worker.id });
  const running: Running = { worker: null, runtime: null };
  const health = () => healthOf(running, config.worker.id);
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
    maxRssMb: config.worker.maxRssMb,
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
    .map((name) => remoteSkill(name, runtime, metrics));
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
    allowance: allowedUnless(() => runtime.blocked(), options.allowance),
    log,
  });
  running.worker = worker;
  const { probes, stopProbes } = await openProbes(config, health, metrics.registry, log);
  const { httpHost: host } = config.worker;
  log.info("worker listening", { host, port: probes.port, tasks_at_once: config.worker.slots, serves: remote.url });
  options.hurry?.addEventListener("abort", () => void worker.stop(0), { once: true });
  const started = registered(worker, remote.url, options.startDeadlineMs);
  return {
    health,
    graceMs: longestGraceMs(tasks),
    probes,
    log,
    started,
    exhausted: runtime.exhausted,
    // A poll that is held is one that found nothing.
    waitingTasks: async () => (worker.state().polling > 0 ? 0 : null),
    async stop() {
      await worker.stop();
      await Promise.allSettled([started]);
      await runtime.close();
      await stopProbes();
    },
  };
}

/** What there is of it by now. */
interface Running {
  worker: Worker | null;
  runtime: TaskRuntime | null;
}

async function registered(worker: Worker, url: string, deadlineMs: number | undefined): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    if (deadlineMs === undefined) return;
    const why = `BATUTA_ORCHESTRATOR_URL: nothing at ${url} has registered this worker`;
    const waited = `The worker waited ${deadlineMs / 1_000} s (WORKER_START_DEADLINE_SECONDS) and gives up:`;
    timer = setTimeout(() => reject(new ServersAwayError(`${waited}\n  ${why}`)), deadlineMs);
  });
  try {
    await Promise.race([worker.start(), late]);
  } catch (error) {
    if (error instanceof WireError && (error.status === 401 || error.status === 403))
      throw new ConfigError([`WORKER_TOKEN, or the client certificate, is refused by ${url}: ${error.message}`]);
    throw error;
  } finally {
    clearTimeout(timer);
  }
}

async function openProbes(config: Config, health: () => WorkerHealth, registry: Registry, log: Log) {
  const { httpHost: host, httpPort: port, httpRequired: required } = config.worker;
  const isKnown = () => health().sessionId !== null;
  const readiness = createReadiness(
    [],
    [
      {
        name: "orchestrator",
        look: () => (isKnown() ? null : "this worker is not registered at its orchestrator"),
      },
      { name: "slots", look: () => health().blocked },
      { name: "draining", look: () => (health().draining ? "takes no more tasks and ends" : null) },
    ],
  );
  const liveness = watchLiveness({ pulse: null, more: [slotsCheck(health)] });
  const probes = await startProbes({
    host,
    port,
    required,
    health,
    liveness,
    readiness,
    hasStarted: isKnown,
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

function healthOf({ worker, runtime }: Running, name: string): WorkerHealth {
  const { isDraining, running, unreported } = worker?.state() ?? { isDraining: false, running: 0, unreported: 0 };
  const isKnown = isRegistered(worker);
  const blocked = runtime?.blocked() ?? null;
  return {
    ready: isKnown && !isDraining && blocked === null,
    draining: isDraining,
    blocked,
    overrun: runtime && overrunOf(runtime.stats()),
    checks: { orchestrator: isKnown ? "ok" : "not registered", ...(isDraining ? { worker: "draining" } : {}) },
    sessionId: isKnown ? name : null,
    running,
    waiting: 0,
    unreported,
  };
}
