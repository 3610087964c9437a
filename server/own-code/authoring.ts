import { BlueprintError, defineBlueprint, end, handler, handlersFor } from "@/server/engine/blueprint/define";
import { approval, child, choice, parallel, set, task, wait } from "@/server/engine/blueprint/define-states";
import { TaskError, type TaskFunction } from "@/server/tasks/task-function";

/** A task function with the name of its type; what `defineTask` gives. */
export interface DefinedTask {
  taskType: string;
  run: TaskFunction;
}

/** Gives a task function a type, where the name that it is exported by is not meant to be it. */
export function defineTask(taskType: string, run: TaskFunction): DefinedTask {
  return { taskType, run };
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
