import { setTimeout as delay } from "node:timers/promises";
import { type Config, readWorkerConfig } from "@/server/config";
import { protectThread } from "../bridge/sync/guard";
import { tasksOf } from "../deps";
import type { WorkerHealth } from "../health";
import { startRemoteWorker } from "../remote";
import { servedTasks } from "../served-queues";
import { type RunningWorker, type RunOptions, startWorker } from "../start-worker";
import { TaskAllowance } from "../task-allowance";
import { Stopping } from "./stopping";

const LOOK_EVERY_MS = 250;
/** A burst is over when there was nothing to do for so long: the engine may just be about to hand out what comes next. */
const QUIET_MS = 1_500;

/** Takes tasks until it is told to stop, or there is nothing left to do. Resolves with the exit code. */
export async function work(options: { burst: boolean; maxJobs: number | null }): Promise<number> {
  // Its heartbeats stop while a task beside it blocks on another.
  protectThread("worker-main");
  const config = readWorkerConfig();
  const hurry = new AbortController();
  const allowance = options.maxJobs === null ? undefined : new TaskAllowance(options.maxJobs);
  const running = await start(config, {
    startDeadlineMs: config.worker.startDeadlineMs,
    hurry: hurry.signal,
    allowance,
  });
  const stopping = new Stopping(running, config.worker.shutdownMs, hurry);
  stopping.listen();
  const askOnce = (why: string) => () => stopping.isAsked || stopping.ask(why);
  void running.exhausted.then((why) => stopping.fail(why));
  if (allowance) void whenSpent(running, allowance).then(askOnce("all tasks of --max-jobs are done"));
  if (options.burst) void whenQuiet(running).then(askOnce("no task is left to do"));
  const failed = running.started
    .then(() => stopping.ended)
    .catch((error: unknown) => failStart(error, stopping, running));
  return Promise.race([stopping.ended, failed]);
}

/** A start that was interrupted by the wish to stop has not failed. */
async function failStart(error: unknown, stopping: Stopping, running: RunningWorker): Promise<number> {
  if (stopping.isAsked) return stopping.ended;
  await running.stop();
  throw error;
}

async function start(config: Config, options: RunOptions): Promise<RunningWorker> {
  const { remoteWorker } = config;
  if (!remoteWorker) return startWorker(config, options);
  const tasks = servedTasks(await tasksOf(config), config.worker.queues);
  return startRemoteWorker(config, remoteWorker, tasks, options);
}

async function whenSpent({ health }: RunningWorker, allowance: TaskAllowance): Promise<void> {
  do await delay(LOOK_EVERY_MS, undefined, { ref: false });
  while (!allowance.isSpent || !isIdle(health()));
}

async function whenQuiet({ health, waitingTasks, log }: RunningWorker): Promise<void> {
  let since = performance.now();
  while (performance.now() - since < QUIET_MS) {
    await delay(LOOK_EVERY_MS, undefined, { ref: false });
    const waiting = await waitingTasks().catch((error: unknown) => {
      log.warn("cannot tell whether tasks are left", { error: error instanceof Error ? error.message : String(error) });
      return null;
    });
    if (!isIdle(health()) || waiting !== 0) since = performance.now();
  }
}

function isIdle({ sessionId, running, waiting, unreported }: WorkerHealth): boolean {
  return sessionId !== null && running === 0 && waiting === 0 && unreported === 0;
}
