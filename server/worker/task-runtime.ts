import type { Log } from "@/server/log";
import type { KnownTask, TaskSet } from "@/server/tasks/task-set";
import type { Execution, ExecutionRequest, Executor, ExecutorStats, SlotState, SlotStatus } from "./bridge/executor";
import { ISOLATIONS, type Isolation } from "./bridge/isolation";
import { runTask, type TaskRun } from "./run-task";
import { answerCalls, type CallTargets } from "./slot/answer-calls";
import type { AttemptFacts, FilesPlace } from "./slot/task-context";
import { failure, type TaskOutcome } from "./task-outcome";

export interface AttemptRequest extends AttemptFacts {
  /** The name that the job asks by; an alias does as well. */
  type: string;
  /** JSON text of the parameters, or what gets it; `over` is aborted when the attempt is stopped. */
  params: string | ((over: AbortSignal) => Promise<string>);
  timeoutMs: number | null;
  /** Where it runs, if not where the task says. */
  isolation?: Isolation;
  /** Its code begins to run; before that it may have waited for a thread or process to start. */
  onStarted?: () => void;
  onProgress?: (fraction: number, message?: string) => void;
}

const TAKES_TASKS: ReadonlySet<SlotStatus> = new Set(["starting", "idle", "running", "aborting"]);

/** What runs attempts, each in the isolation that its task declares. */
export interface TaskRuntime {
  readonly tasks: TaskSet;
  /** Never throws: whatever is wrong is what the attempt comes to. */
  run(request: AttemptRequest): TaskRun;
  slots(): SlotState[];
  stats(): Record<Isolation, ExecutorStats>;
  /** Why tasks of some isolation find no slot now, nor can one be started; null while all have theirs. */
  blocked(): string | null;
  /** Stops what still runs, and ends every thread and process. */
  close(): Promise<void>;
}

export interface TaskRuntimeOptions extends CallTargets {
  tasks: TaskSet;
  executors: Record<Isolation, Executor>;
  files: FilesPlace;
  log: Pick<Log, "debug" | "info" | "warn" | "error">;
}

export function createTaskRuntime(options: TaskRuntimeOptions): TaskRuntime {
  const { tasks, executors } = options;
  // Each task costs little, so nothing that is the same for all of them is made for each.
  const place = JSON.stringify(options.files);
  const targets = { stores: options.stores, clientOf: options.clientOf };

  function execute(isolation: Isolation, execution: AttemptExecution): Execution {
    if (isolation === "inline") return executors.inline.execute(execution);
    const calls = answerCalls(targets);
    execution.context = `{"facts":${JSON.stringify(execution.facts)},"place":${place}}`;
    execution.onCall = calls.answer;
    const running = executors[isolation].execute(execution);
    void running.ended.then(() => calls.end());
    return running;
  }

  return {
    tasks,
    run(request) {
      const task = tasks.find(request.type);
      if (!task) return unknownType(request.type);
      let execution: AttemptExecution | null = null;
      return runTask({
        params: request.params,
        timeoutMs: request.timeoutMs,
        execute(params, onStarted) {
          execution = executionOf(task, request, params, onStarted, options.log);
          return execute(request.isolation ?? task.isolation, execution);
        },
        outcomeOf: (text) => execution?.outcome ?? (JSON.parse(text) as TaskOutcome),
      });
    },
    slots: () => ISOLATIONS.flatMap((isolation) => executors[isolation].slots()),
    stats: () => ({
      thread: executors.thread.stats(),
      process: executors.process.stats(),
      inline: executors.inline.stats(),
    }),
    blocked() {
      const found = ISOLATIONS.find((isolation) => isBlocked(executors[isolation]));
      return found ? `no ${found} can be started: ${executors[found].stats().unavailable}` : null;
    },
    async close() {
      await Promise.all(ISOLATIONS.map((isolation) => executors[isolation].close({ drainMs: 0 })));
    },
  };
}

/** While one slot takes tasks, they wait for it. */
function isBlocked(executor: Executor): boolean {
  if (executor.stats().unavailable === null) return false;
  return !executor.slots().some(({ status }) => TAKES_TASKS.has(status));
}

/** What is to be executed, with the facts of its attempt for code that runs beside the worker; others are sent them as text. */
export interface AttemptExecution extends ExecutionRequest {
  facts: AttemptFacts;
  /** What it came to, of code that runs beside the worker: its result needs no text. */
  outcome?: TaskOutcome;
}

function executionOf(
  { name, declared, code }: KnownTask,
  request: AttemptRequest,
  params: string,
  onStarted: () => void,
  log: TaskRuntimeOptions["log"],
): AttemptExecution {
  const { jobId, taskId, attempt, idempotencyKey } = request;
  const execution: AttemptExecution = {
    id: taskId,
    task: code ?? { name, module: null, exportName: null },
    input: params,
    facts: { jobId, taskId, attempt, idempotencyKey },
    timeoutMs: request.timeoutMs,
    onStarted() {
      onStarted();
      request.onStarted?.();
    },
    onLog: ({ level, message, fields }) =>
      log[level](message, { ...fields, job: jobId, task: taskId, task_type: name, attempt }),
  };
  if (declared.graceMs !== undefined) execution.graceMs = declared.graceMs;
  if (declared.heartbeatTimeoutMs !== undefined) execution.heartbeatTimeoutMs = declared.heartbeatTimeoutMs;
  if (request.onProgress) execution.onProgress = request.onProgress;
  return execution;
}

function unknownType(type: string): TaskRun {
  const outcome = { ...failure("INTERNAL_ERROR", `This worker has no function for tasks of type '${type}'`), ms: 0 };
  return { outcome: Promise.resolve(outcome), ended: Promise.resolve("ended"), stop: () => undefined };
}
