import type { Config } from "@/server/config";
import { createLog, type Log } from "@/server/log";
import { awaitServers } from "./await-servers";
import { openWorker, tasksOf } from "./deps";
import type { WorkerHealth } from "./health";
import { longestGraceMs } from "./longest-grace";
import { type Probes, startProbes } from "./probes";
import { servedTasks } from "./served-queues";
import type { TaskAllowance } from "./task-allowance";

export interface RunningWorker {
  health: () => WorkerHealth;
  probes: Probes;
  log: Log;
  /** How long a task of its may take to stop that is told to, or to be ended. */
  graceMs: number;
  /** Resolves when it takes tasks; rejects when its servers were not there in time, or refuse it. */
  started: Promise<void>;
  /** Resolves, with the reason, when its process uses more memory than it may and cannot mend that: it should end. */
  exhausted: Promise<string>;
  /** How many open tasks of its types wait for a worker; null: it cannot be known now. */
  waitingTasks: () => Promise<number | null>;
  /** Drains and closes everything; resolves when nothing is left. */
  stop(): Promise<void>;
}

export interface RunOptions {
  /** How long its servers may stay away at the start; absent: as long as they like. */
  startDeadlineMs?: number;
  /** Aborted: a stop waits no longer for running tasks. */
  hurry?: AbortSignal;
  /** Absent: without limit. */
  allowance?: TaskAllowance;
}

/** Makes a worker of the configuration and starts it, probes first: an orchestrator may ask before a database answers. */
export async function startWorker(config: Config, options: RunOptions = {}): Promise<RunningWorker> {
  const tasks = servedTasks(await tasksOf(config), config.worker.queues);
  const log = createLog({ ...config.log, hide: config.secrets }).child({ worker: config.worker.id });
  const parts = openWorker(config, tasks, log, options);
  const { worker, observation } = parts;
  const state = { hasStarted: false };
  const { httpHost: host, httpPort, httpRequired: required } = config.worker;
  const probes = await startProbes({
    host,
    port: httpPort,
    required,
    health: worker.health,
    liveness: observation.liveness,
    readiness: observation.readiness,
    hasStarted: () => state.hasStarted,
    registry: observation.metrics.registry,
    metricsDoor: { requireAuth: config.metricsRequireAuth, token: config.metricsToken },
    log,
  });
  observation.readiness.start();
  log.info("worker listening", { host, port: probes.port, tasks_at_once: config.worker.slots, serves: tasks.names });
  const stopping = new AbortController();
  const started = begin(parts, options.startDeadlineMs, stopping.signal, log).then(() => {
    state.hasStarted = true;
  });
  return {
    health: worker.health,
    probes,
    log,
    graceMs: longestGraceMs(tasks),
    started,
    exhausted: parts.exhausted,
    waitingTasks: () => parts.waitingTasks(),
    async stop() {
      stopping.abort();
      await worker.stop();
      await Promise.allSettled([started]);
      await probes.close();
      await parts.close();
    },
  };
}

async function begin(
  parts: ReturnType<typeof openWorker>,
  deadlineMs: number | undefined,
  stop: AbortSignal,
  log: Log,
): Promise<void> {
  if (deadlineMs !== undefined) {
    const onWaiting = (problems: string[]) => log.warn("waits for its servers", { problems });
    await awaitServers(parts.servers, { deadlineMs, stop, onWaiting });
  }
  await parts.start();
}
