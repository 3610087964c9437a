import { basename, extname } from "node:path";
import type { PlacedTask } from "@/server/tasks/task-set";
import { ISOLATIONS } from "@/server/worker/bridge/isolation";
import type { DefinedTask } from "./authoring";
import { definedTask } from "./defined-task";
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
export async function ownTasks(options: OwnTasksOptions): Promise<PlacedTask[]> {
  const files = readFolder(options.folder, VARIABLE);
  const { modules, faults } = await loadModules(files.modules, options.folder, options.cacheFolder);
  if (!options.mixed) for (const file of files.documents) faults.push(noModule(file));
  const found: PlacedTask[] = [];
  const takenBy = new Map<string, string>(options.taken.map((type) => [type, "Batuta itself"]));
  for (const module of modules) {
    const tasks = tasksOf(module);
    if (tasks.length === 0 && !options.mixed) faults.push(noTask(module.file));
    for (const { task, exportName } of tasks) {
      faults.push(...optionFaults(task, module.file));
      for (const name of [task.taskType, ...aliasesOf(task)]) {
        const fault = typeFault(name, module.file, takenBy.get(name));
        if (fault) faults.push(fault);
        else takenBy.set(name, module.file);
      }
      const name = task.taskType;
      found.push({ name, task, code: { name, module: module.url, exportName } });
    }
  }
  if (faults.length > 0) throw new OwnCodeError(VARIABLE, faults);
  return found;
}

function tasksOf({ file, exports }: LoadedModule): { task: DefinedTask; exportName: string }[] {
  return Object.entries(exports).flatMap(([exportName, value]) => {
    const task = definedTask(value, exportName === "default" ? basename(file, extname(file)) : exportName);
    return task === null ? [] : [{ task, exportName }];
  });
}

function aliasesOf({ aliases }: DefinedTask): string[] {
  return Array.isArray(aliases) ? aliases.map(String) : [];
}

function optionFaults({ taskType, isolation, aliases, input }: DefinedTask, file: string): OwnCodeFault[] {
  const faults: OwnCodeFault[] = [];
  if (isolation !== undefined && !ISOLATIONS.includes(isolation)) {
    const fix = `Use one of ${ISOLATIONS.join(", ")}`;
    faults.push({ file, message: `the task ${taskType} asks for isolation ${JSON.stringify(isolation)}`, fix });
  }
  if (aliases !== undefined && !Array.isArray(aliases)) {
    faults.push({ file, message: `the aliases of the task ${taskType} are no list`, fix: "Give a list of names" });
  }
  if (input !== undefined && typeof (input as Partial<typeof input>)?.["~standard"]?.validate !== "function") {
    const fix = "Give a schema of zod, or of another library that makes Standard Schemas";
    faults.push({ file, message: `the input of the task ${taskType} is no schema`, fix });
  }
  return faults;
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
