import type { DeclaredTask } from "@/server/tasks/declare-task";
import type { TaskFunction } from "@/server/tasks/task-function";
import { type PlacedTask, TaskSetError, tasksInMemory } from "@/server/tasks/task-set";
import { importTask } from "./import-task";

/** A task by its module, so that threads and processes can import it. */
export interface TaskModule {
  /** URL of the module, as `new URL("./resize.js", import.meta.url)`: JavaScript that Node can import. */
  module: URL | string;
  /** What exports it: a function, or what `defineTask` gives; `default` unless told. */
  exportName?: string;
}

export type GivenTask = TaskFunction | DeclaredTask | TaskModule;

/** Tasks that a program gives in code. Modules are imported here as well; throws a TaskSetError that names one at fault. */
export async function givenTasks(tasks: Readonly<Record<string, GivenTask>>): Promise<PlacedTask[]> {
  const placed = Object.entries(tasks).map(([name, given]): PlacedTask | Promise<PlacedTask> => {
    if (typeof given === "object" && "module" in given) return taskOfModule(name, given);
    return tasksInMemory({ [name]: given })[0] as PlacedTask;
  });
  return Promise.all(placed);
}

async function taskOfModule(name: string, { module, exportName = "default" }: TaskModule): Promise<PlacedTask> {
  const url = String(module);
  if (!URL.canParse(url)) {
    throw new TaskSetError(`The module of the task ${name} is no URL: give new URL("./file.js", import.meta.url)`);
  }
  const task = await importTask(url, exportName, name).catch((cause: unknown) => {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new TaskSetError(`The module of the task ${name} does not load: ${why}`, { cause });
  });
  if (task === null) throw new TaskSetError(`The module of the task ${name} exports no task as '${exportName}'`);
  return { name, task, code: { name, module: url, exportName } };
}
