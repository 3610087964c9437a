import { BridgeError } from "../bridge-error";
import type { TaskCode } from "../executor";
import { toJsonText } from "../json-text";
import type { SlotContext } from "../slot-context";
import type { TaskRunner } from "./task-runs";

interface ExportedTask {
  name: string;
  run(input: unknown, context: SlotContext): unknown;
}

/**
 * Imports the module of a task and finds its export: the one that is named, or the one that bears the task's name.
 * Rejects with `BRIDGE_UNAVAILABLE` when the module does not load, with `INVALID_TASK` when it has no such task.
 */
export async function loadExportedTask(code: TaskCode): Promise<TaskRunner> {
  if (code.module === null) {
    throw new BridgeError("INVALID_TASK", `The task "${code.name}" names no module to import it from.`);
  }
  const task = findTask(await importModule(code.module), code);
  return async (input, context) => toJsonText(await task.run(JSON.parse(input), context));
}

async function importModule(url: string): Promise<Record<string, unknown>> {
  try {
    return (await import(url)) as Record<string, unknown>;
  } catch (cause) {
    const why = cause instanceof Error ? cause.message.split("\n")[0] : String(cause);
    throw new BridgeError("BRIDGE_UNAVAILABLE", `The module ${url} does not load: ${why}`, {}, { cause });
  }
}

function findTask(module: Record<string, unknown>, code: TaskCode): ExportedTask {
  if (code.exportName !== null) {
    const task = module[code.exportName];
    if (isTask(task)) return task;
    throw new BridgeError("INVALID_TASK", `${code.module} exports no task as "${code.exportName}".`);
  }
  const task = Object.values(module).find((each) => isTask(each) && each.name === code.name);
  if (isTask(task)) return task;
  throw new BridgeError("INVALID_TASK", `${code.module} exports no task named "${code.name}".`);
}

function isTask(value: unknown): value is ExportedTask {
  return typeof value === "object" && value !== null && "name" in value && "run" in value;
}
