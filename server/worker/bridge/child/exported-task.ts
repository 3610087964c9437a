import { BridgeError } from "../bridge-error";
import type { BridgeTask } from "../define-task";
import type { TaskCode } from "../executor";
import { runBridgeTask } from "../run-bridge-task";
import type { TaskRunner } from "./task-runs";

/**
 * Imports the module of a task and finds its export: the one that is named, or the one that bears the task's name.
 * Rejects with `BRIDGE_UNAVAILABLE` when the module does not load, with `INVALID_TASK` when it has no such task.
 */
export async function loadExportedTask(code: TaskCode): Promise<TaskRunner> {
  if (code.module === null) {
    throw new BridgeError("INVALID_TASK", `The task "${code.name}" names no module to import it from.`);
  }
  const task = findTask(await importModule(code.module), code.module, code);
  return (input, context) => runBridgeTask(task, input, context);
}

async function importModule(url: string): Promise<Record<string, unknown>> {
  try {
    return (await import(url)) as Record<string, unknown>;
  } catch (cause) {
    const why = cause instanceof Error ? cause.message.split("\n")[0] : String(cause);
    throw new BridgeError("BRIDGE_UNAVAILABLE", `The module ${url} does not load: ${why}`, {}, { cause });
  }
}

function findTask(exported: Record<string, unknown>, module: string, { exportName, name }: TaskCode): BridgeTask {
  if (exportName !== null) {
    const task = exported[exportName];
    if (isTask(task)) return task;
    throw new BridgeError("INVALID_TASK", `${module} exports no task as "${exportName}".`);
  }
  const task = Object.values(exported).find((each) => isTask(each) && each.name === name);
  if (isTask(task)) return task;
  throw new BridgeError("INVALID_TASK", `${module} exports no task named "${name}".`);
}

function isTask(value: unknown): value is BridgeTask {
  return typeof value === "object" && value !== null && "name" in value && "run" in value;
}
