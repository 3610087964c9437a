import { BridgeError } from "../bridge-error";
import { type BridgeTask, findTask } from "../define-task";

/** A task as its caller names it. */
export interface TaskName {
  name: string;
  version: number;
  module: string;
}

/** Imports a task. Rejects with BRIDGE_UNAVAILABLE when its module does not load, INVALID_TASK when it is not what was meant. */
export async function loadTask({ name, version, module }: TaskName): Promise<BridgeTask> {
  const task = findTask(await importModule(module), name);
  if (task === null) {
    throw new BridgeError("INVALID_TASK", `${module} exports no task named "${name}": export what defineTask gave`);
  }
  if (task.version !== version) {
    const wanted = `The caller wants version ${version} of ${name}, and ${module} has version ${task.version}`;
    throw new BridgeError("INVALID_TASK", `${wanted}: start the caller anew`);
  }
  return task;
}

async function importModule(url: string): Promise<Record<string, unknown>> {
  try {
    return (await import(url)) as Record<string, unknown>;
  } catch (cause) {
    const why = cause instanceof Error ? cause.message.split("\n")[0] : String(cause);
    throw new BridgeError("BRIDGE_UNAVAILABLE", `The module ${url} does not load: ${why}`, {}, { cause });
  }
}
