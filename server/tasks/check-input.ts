import type { StandardIssue, StandardSchema } from "@/lib/standard-schema";
import { TaskError } from "@/server/tasks/task-function";

/** What the schema makes of a task's parameters; throws INVALID_INPUT_ERROR that lists every faulty field. */
export async function checkInput(taskType: string, schema: StandardSchema, params: unknown): Promise<unknown> {
  const told = schema["~standard"].validate(params);
  const answer = told instanceof Promise ? await told : told;
  if (answer.issues) throw inputError(taskType, answer.issues);
  return answer.value;
}

/** The parameters do not fit: names every fault with its field. */
export function inputError(taskType: string, issues: readonly StandardIssue[]): TaskError {
  const faults = issues.map(({ path = [], message }) => `${path.map(keyOf).join(".") || "params"}: ${message}`);
  const message = `Task ${taskType} cannot use its parameters: ${faults.join("; ")}`;
  return new TaskError("INVALID_INPUT_ERROR", message, { details: faults });
}

function keyOf(part: PropertyKey | { readonly key: PropertyKey }): string {
  return String(typeof part === "object" ? part.key : part);
}
