import type { DeclaredTask } from "@/server/tasks/declare-task";
import { BridgeError } from "@/server/worker/bridge/bridge-error";
import type { LoadTask } from "@/server/worker/bridge/child/task-runs";
import type { TaskCode } from "@/server/worker/bridge/executor";
import { performTask } from "./perform";
import { farContext } from "./task-context";

/** Finds a task where nothing but its TaskCode is known: by its name among those that ship, else in its module. */
export const loadTask: LoadTask = async (code) => {
  const declared = await declaredTask(code);
  return async (params, slot) => JSON.stringify(await performTask(code.name, declared, params, farContext(slot)));
};

async function declaredTask(code: TaskCode): Promise<DeclaredTask> {
  if (code.module !== null) return taskOfModule(code.module, code.exportName ?? "default", code.name);
  const { taskFunctions } = await import("@/server/tasks/registry");
  const found = Object.hasOwn(taskFunctions, code.name) ? taskFunctions[code.name] : undefined;
  if (!found) throw new BridgeError("INVALID_TASK", `There is no task '${code.name}' in this build`);
  return found;
}

async function taskOfModule(module: string, exportName: string, name: string): Promise<DeclaredTask> {
  const { importTask } = await import("@/server/own-code/import-task");
  const task = await importTask(module, exportName, name).catch((cause: unknown) => {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new BridgeError("BRIDGE_UNAVAILABLE", `The module of task '${name}' does not load: ${why}`, {}, { cause });
  });
  if (task === null) throw new BridgeError("INVALID_TASK", `${module} has no task at its export '${exportName}'`);
  return task;
}
