import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Actor } from "@/lib/job-event";
import type { JsonObject, JsonValue } from "@/lib/json";
import type { CodedBlueprint } from "@/server/catalogue/code-revision";
import type { Config } from "@/server/config";
import type { Deps } from "@/server/deps";
import type { DefinedBlueprint } from "@/server/engine/blueprint/define";
import type { DataStores } from "@/server/engine/blueprint/handler";
import type { Signal } from "@/server/engine/signal";
import type { EnqueueOptions } from "@/server/library/enqueue";
import type { JobState } from "@/server/library/job-errors";
import { type BatutaConfig, libraryConfig } from "@/server/library/library-config";
import type { DecideOptions, RunOptions, StartOptions } from "@/server/library/options";
import { runningBatuta } from "@/server/library/running-batuta";
import { createLog, type Log } from "@/server/log";
import { type GivenTask, givenTasks } from "@/server/own-code/given-tasks";
import { ownBlueprints } from "@/server/own-code/own-blueprints";
import { ownTasks } from "@/server/own-code/own-tasks";
import { startParts } from "@/server/start";
import { type TaskSet, taskSet } from "@/server/tasks/task-set";
import type { ApplyResult } from "@/server/turn/engine-contract";
import { runWorker } from "@/server/worker/deps";

export type { Actor } from "@/lib/job-event";
export type { JobStatus } from "@/lib/job-status";
export type { JsonObject, JsonValue } from "@/lib/json";
export { ConfigError } from "@/server/config";
export {
  approval,
  BlueprintError,
  child,
  choice,
  type DefinedBlueprint,
  defineBlueprint,
  end,
  handler,
  handlersFor,
  parallel,
  set,
  task,
  wait,
} from "@/server/engine/blueprint/define";
export { ApiError } from "@/server/errors";
export type { EnqueueOptions } from "@/server/library/enqueue";
export { JobError, type JobState, JobTimeoutError } from "@/server/library/job-errors";
export type { BatutaConfig } from "@/server/library/library-config";
export type { DecideOptions, RunOptions, StartOptions } from "@/server/library/options";
export { type DefinedTask, defineTask } from "@/server/own-code/authoring";
export type { GivenTask, TaskModule } from "@/server/own-code/given-tasks";
export { OwnCodeError } from "@/server/own-code/own-code-error";
export { type DeclaredTask, declareTask, type TaskOptions } from "@/server/tasks/declare-task";
export {
  type TaskContext,
  TaskError,
  type TaskFunction,
  type TaskLog,
  type TaskResult,
} from "@/server/tasks/task-function";
export { TaskSetError } from "@/server/tasks/task-set";
export { createQueueExecutor, type QueueExecutorOptions, type TaskQueue } from "@/server/worker/bridge/queue-executor";
export { queuedTasks } from "@/server/worker/bridge/queue-task";

export interface BatutaOptions {
  config: BatutaConfig;
  /** Stored at the start, for everybody; what `defineBlueprint` gives. */
  blueprints?: readonly DefinedBlueprint[];
  /**
   * Tasks by the type that blueprints ask for. A function runs beside the program's own work; one that is given as
   * `{ module }` runs in a thread of its own. Without any, and without `tasksDir`, others do the tasks.
   */
  tasks?: Readonly<Record<string, GivenTask>>;
  /** Given to every handler as `dataStores`, beside those of its blueprint; closed by `stop` when they have a `close()`. */
  dataStores?: DataStores;
}

export interface Batuta {
  /** Brings the database up to date, stores the blueprints and begins to work. Throws ConfigError, OwnCodeError … */
  start(): Promise<void>;
  /** Drains: running tasks and handlers end, unfinished work is left to others, data stores are closed. */
  stop(): Promise<void>;
  /** Starts a job and waits for its end. Throws JobError or JobTimeoutError (both with `jobId`), ApiError for bad input. */
  run<Result extends JsonValue = JsonValue>(
    blueprint: string,
    input?: JsonObject,
    options?: RunOptions,
  ): Promise<Result>;
  /** Starts a job; it is committed when its id comes back. */
  startJob(blueprint: string, input?: JsonObject, options?: StartOptions): Promise<string>;
  /**
   * Makes a job of one task, without a blueprint; it is committed when its id comes back. ApiError 422 for a task that
   * nobody serves, unless `park` is true. `wait` gives what the task returned.
   */
  enqueue(task: string, input?: JsonObject, options?: EnqueueOptions): Promise<string>;
  /** Waits for the end of a job as `run` does. */
  wait<Result extends JsonValue = JsonValue>(
    jobId: string,
    options?: Pick<RunOptions, "timeoutMs" | "signal">,
  ): Promise<Result>;
  /** How a job stands now; ApiError 404 when there is none. */
  job(jobId: string): Promise<JobState>;
  cancel(jobId: string, options?: { by?: Actor; reason?: string }): Promise<void>;
  retry(jobId: string, options?: { by?: Actor; reason?: string }): Promise<void>;
  pause(jobId: string, options?: { by?: Actor; reason?: string }): Promise<void>;
  resume(jobId: string, options?: { by?: Actor; reason?: string }): Promise<void>;
  /** Decides the approval that the job waits for, in the name of `by`; the program answers for who that is. */
  decide(jobId: string, decision: string, options?: DecideOptions): Promise<void>;
  /** Gives a waiting job the signal that it waits for. */
  signal(jobId: string, name: string, payload?: JsonValue, options?: { by?: Actor }): Promise<void>;
  /** The door that all of these go through. Throws an ApiError when the signal changes nothing. */
  apply(signal: Signal): Promise<Extract<ApplyResult, { applied: true }>>;
  /** The HTTP API, to be mounted in a server of the program's own; wants tokens as ever. */
  fetch(request: Request): Promise<Response>;
}

interface Running {
  does: ReturnType<typeof runningBatuta>;
  deps: Deps;
  worker: { stop(): Promise<void> } | null;
}

/** An orchestrator inside of another program. Nothing happens before `start`; several may be in one process. */
export function createBatuta(options: BatutaOptions): Batuta {
  let starting: Promise<Running> | null = null;
  let stopping: Promise<void> | null = null;
  const running = async (): Promise<Running> => {
    if (!starting || stopping)
      throw new Error(stopping ? "Batuta has been stopped" : "Batuta is not started: await start() first");
    return starting;
  };
  return {
    async start() {
      if (stopping) throw new Error("Batuta has been stopped; make another one");
      starting ??= startAll(options);
      await starting;
    },
    stop() {
      stopping ??= stopAll(starting);
      return stopping;
    },
    run: async <Result extends JsonValue>(blueprint: string, input: JsonObject = {}, more: RunOptions = {}) =>
      (await (await running()).does.run(blueprint, input, more)) as Result,
    wait: async <Result extends JsonValue>(jobId: string, more: Pick<RunOptions, "timeoutMs" | "signal"> = {}) =>
      (await (await running()).does.wait(jobId, more)) as Result,
    startJob: async (blueprint, input = {}, more = {}) => (await running()).does.startJob(blueprint, input, more),
    enqueue: async (task, input = {}, more = {}) => (await running()).does.enqueue(task, input, more),
    job: async (jobId) => (await running()).does.job(jobId),
    cancel: async (jobId, more = {}) => (await running()).does.ask("cancel", jobId, more),
    retry: async (jobId, more = {}) => (await running()).does.ask("retry", jobId, more),
    pause: async (jobId, more = {}) => (await running()).does.ask("pause", jobId, more),
    resume: async (jobId, more = {}) => (await running()).does.ask("resume", jobId, more),
    decide: async (jobId, decision, more = {}) => (await running()).does.decide(jobId, decision, more),
    signal: async (jobId, name, payload, more = {}) => (await running()).does.signal(jobId, name, payload, more.by),
    apply: async (signal) => (await running()).does.apply(signal),
    fetch: async (request) => (await running()).deps.fetch(request),
  };
}

async function startAll(options: BatutaOptions): Promise<Running> {
  const config = libraryConfig(options.config);
  const { onLog: write } = options.config;
  const log = createLog({ ...config.log, hide: config.secrets, ...(write ? { write } : {}) });
  const blueprints = await blueprintsOf(options, config);
  const tasks = options.config.work === false ? taskSet([]) : await tasksOf(options, config);
  const deps = await startParts(config, blueprints, log, fileURLToPath(new URL("../drizzle", import.meta.url)));
  try {
    return { deps, does: runningBatuta(deps), worker: await workerOf(config, tasks, log) };
  } catch (error) {
    await deps.stop();
    throw error;
  }
}

/** The worker first: what it finishes while it drains is still taken in by the engine. */
async function stopAll(starting: Promise<Running> | null): Promise<void> {
  const started = await starting?.catch(() => null);
  if (!started) return;
  await started.worker?.stop();
  await started.deps.stop();
}

async function blueprintsOf(options: BatutaOptions, config: Config): Promise<CodedBlueprint[]> {
  const { blueprints = [], dataStores = {} } = options;
  const { blueprintsDir: folder, tasksDir } = config;
  const taken = blueprints.map((one) => one.document.name);
  const own =
    folder && (await ownBlueprints({ folder, cacheFolder: cacheOf(config), taken, mixed: folder === tasksDir }));
  return [...blueprints, ...(own || [])].map((one) => ({ ...one, dataStores: { ...dataStores, ...one.dataStores } }));
}

async function tasksOf(options: BatutaOptions, config: Config): Promise<TaskSet> {
  const given = await givenTasks(options.tasks ?? {});
  const { tasksDir: folder, blueprintsDir } = config;
  const taken = [...taskSet(given).names];
  const own =
    folder && (await ownTasks({ folder, cacheFolder: cacheOf(config), taken, mixed: folder === blueprintsDir }));
  return taskSet([...given, ...(own || [])]);
}

function cacheOf(config: Config): string {
  return join(config.dataDir, "own-code");
}

async function workerOf(config: Config, tasks: TaskSet, log: Log) {
  if (tasks.names.length === 0) return null;
  const { started, stop } = runWorker(config, tasks, log);
  try {
    await started;
  } catch (error) {
    await stop();
    throw error;
  }
  return { stop };
}
