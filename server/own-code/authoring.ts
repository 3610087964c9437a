import { BlueprintError, defineBlueprint, end, handler, handlersFor } from "@/server/engine/blueprint/define";
import { approval, child, choice, parallel, set, task, wait } from "@/server/engine/blueprint/define-states";
import { type DeclaredTask, declareTask, type TaskOptions } from "@/server/tasks/declare-task";
import { type TaskContext, TaskError, type TaskResult } from "@/server/tasks/task-function";

/** The work of a task type with its name; what `defineTask` gives. */
export interface DefinedTask extends DeclaredTask {
  taskType: string;
}

/**
 * Gives a task function a type, where the name that it is exported by is not meant to be it, and says how it is to be run.
 * With `input`, `run` gets what that schema makes of the parameters.
 */
export function defineTask<Params = Record<string, unknown>>(
  taskType: string,
  run: (params: Params, context: TaskContext) => Promise<TaskResult | Record<string, unknown>>,
  options: TaskOptions<Params> = {},
): DefinedTask {
  return { taskType, ...declareTask({ ...options, run }) };
}

/**
 * What `import … from "batuta"` gives to modules of a blueprints or tasks folder: the process's own copies, so that classes
 * are the same on both sides.
 */
export const AUTHORING: Readonly<Record<string, unknown>> = {
  BlueprintError,
  TaskError,
  approval,
  child,
  choice,
  defineBlueprint,
  defineTask,
  end,
  handler,
  handlersFor,
  parallel,
  set,
  task,
  wait,
};
