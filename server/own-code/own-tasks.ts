import { basename, extname } from "node:path";
import type { TaskFunction } from "@/server/tasks/task-function";
import type { DefinedTask } from "./authoring";
import { type LoadedModule, loadModules } from "./load-modules";
import { OwnCodeError, type OwnCodeFault } from "./own-code-error";
import { readFolder } from "./read-folder";

export interface OwnTasksOptions {
  folder: string;
  cacheFolder: string;
  /** Task types that are there already. */
  taken: readonly string[];
  /** The folder holds blueprints as well: documents, and modules without a task function, are no faults. */
  mixed?: boolean;
}

const VARIABLE = "TASKS_DIR";
const TASK_TYPE = /^[A-Za-z0-9_-]{1,128}$/;

/**
 * Reads every task function of a folder. The type of an exported function is the name that it is exported by; of a default
 * export the name of its file; of `defineTask("some-type", run)` what it says. Throws an OwnCodeError that names every
 * fault with its file and what mends it.
 */
export async function ownTasks(options: OwnTasksOptions): Promise<Record<string, TaskFunction>> {
  const files = readFolder(options.folder, VARIABLE);
  const { modules, faults } = await loadModules(files.modules, options.folder, options.cacheFolder);
  if (!options.mixed) for (const file of files.documents) faults.push(noModule(file));
  const found: Record<string, TaskFunction> = {};
  const takenBy = new Map<string, string>(options.taken.map((type) => [type, "Batuta itself"]));
  for (const module of modules) {
    const tasks = tasksOf(module);
    if (tasks.length === 0 && !options.mixed) faults.push(noTask(module.file));
    for (const { taskType, run } of tasks) {
      const fault = typeFault(taskType, module.file, takenBy.get(taskType));
      if (fault) faults.push(fault);
      else takenBy.set(taskType, module.file);
      found[taskType] = run;
    }
  }
  if (faults.length > 0) throw new OwnCodeError(VARIABLE, faults);
  return found;
}

function tasksOf({ file, exports }: LoadedModule): DefinedTask[] {
  return Object.entries(exports).flatMap(([name, value]): DefinedTask[] => {
    if (isDefinedTask(value)) return [value];
    if (typeof value !== "function") return [];
    const taskType = name === "default" ? basename(file, extname(file)) : name;
    return [{ taskType, run: value as TaskFunction }];
  });
}

function isDefinedTask(value: unknown): value is DefinedTask {
  if (typeof value !== "object" || value === null) return false;
  const { taskType, run } = value as Partial<DefinedTask>;
  return typeof taskType === "string" && typeof run === "function";
}

function typeFault(taskType: string, file: string, other: string | undefined): OwnCodeFault | null {
  if (!TASK_TYPE.test(taskType)) {
    const fix = "A type has 1 to 128 letters, digits, _ or -; name it with defineTask()";
    return { file, message: `${JSON.stringify(taskType)} is no task type`, fix };
  }
  if (other === undefined) return null;
  return { file, message: `the task type ${taskType} is taken by ${other}`, fix: "Give one of them another name" };
}

function noTask(file: string): OwnCodeFault {
  return {
    file,
    message: "it exports no task function",
    fix: "Export a function, or begin the file's name with _ when it only helps others",
  };
}

function noModule(file: string): OwnCodeFault {
  return {
    file,
    message: "it is no module",
    fix: "Tasks are JavaScript or TypeScript; blueprints belong to BLUEPRINTS_DIR",
  };
}
