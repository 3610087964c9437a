import type { StandardSchema } from "@/lib/standard-schema";
import type { TaskContext, TaskFunction, TaskResult } from "@/server/tasks/task-function";
import type { Isolation } from "@/server/worker/bridge/isolation";

export interface TaskOptions<Params = unknown> {
  /**
   * Where it runs. `thread` (default): what does not stop at its time limit is ended. `process`: the same for native code
   * that cannot be interrupted, and with a memory of its own. `inline`: beside the worker's own work, for what is short and
   * waits rather than computes; it can only be asked to stop.
   */
  isolation?: Isolation;
  /** Milliseconds between being told to stop and being ended; 2,000 unless told, 100 at least. */
  graceMs?: number;
  /** Milliseconds after which a task whose thread or process shows no life is ended as stuck; absent: never. */
  heartbeatTimeoutMs?: number;
  /** Names of old that jobs may still ask for. */
  aliases?: readonly string[];
  /**
   * What the parameters must be: a schema of zod, or of another library that makes Standard Schemas. Checked before anything
   * runs; the function gets what the schema makes of them.
   */
  input?: StandardSchema<Params>;
}

/** The work of a task type, and what its worker must know of it. */
export interface DeclaredTask extends TaskOptions {
  run(params: never, context: TaskContext): ReturnType<TaskFunction>;
}

/** Declares the work of a task type; `run` gets what `input` makes of the parameters. */
export function declareTask<Params = Record<string, unknown>>(
  task: TaskOptions<Params> & {
    run: (params: Params, context: TaskContext) => Promise<TaskResult | Record<string, unknown>>;
  },
): DeclaredTask {
  return task;
}

/** What a bare function declares: a thread, and the rest as it is by default. */
export function asDeclared(task: TaskFunction | DeclaredTask): DeclaredTask {
  return typeof task === "function" ? { run: task } : task;
}
