import { isJsonObject } from "@/lib/json";
import { checkInput } from "@/server/tasks/check-input";
import type { DeclaredTask } from "@/server/tasks/declare-task";
import { isTaskError, type TaskContext, TaskError } from "@/server/tasks/task-function";
import { failureOf, outcomeOf, type TaskOutcome } from "@/server/worker/task-outcome";

/**
 * Checks the parameters (JSON text) and does the work, wherever that is. Never rejects: what the task throws is an outcome
 * as well. What an outcome holds is a copy, which the task cannot change any more.
 */
export async function performTask(
  name: string,
  { input, run }: DeclaredTask,
  params: string,
  context: TaskContext,
): Promise<TaskOutcome> {
  try {
    const given = paramsOf(params);
    return outcomeOf(await run((input ? await checkInput(name, input, given) : given) as never, context));
  } catch (thrown) {
    if (!isTaskError(thrown)) context.log.warn("the task threw an error that it does not explain", traceOf(thrown));
    return failureOf(thrown);
  }
}

function paramsOf(text: string): Record<string, unknown> {
  const params: unknown = JSON.parse(text);
  if (params === null) return {};
  if (!isJsonObject(params)) throw new TaskError("INVALID_INPUT_ERROR", "The params of the task are not an object");
  return params;
}

/** The stack leads into the task's file; it goes into the log alone. */
function traceOf(thrown: unknown): Record<string, unknown> {
  if (!(thrown instanceof Error)) return { thrown: String(thrown) };
  return { error: { name: thrown.name, message: thrown.message, stack: thrown.stack ?? "" } };
}
