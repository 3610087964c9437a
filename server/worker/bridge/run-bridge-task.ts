import { describeIssue, type StandardResult } from "@/lib/standard-schema";
import { BridgeError } from "./bridge-error";
import type { BridgeContext, BridgeTask } from "./define-task";
import { toJsonText } from "./json-text";

/**
 * Runs a task where it is: input as JSON text, through its schema; output through its own, as JSON text again. Rejects
 * with the task's own error, with INVALID_INPUT, RESULT_INVALID or RESULT_NOT_SERIALIZABLE.
 */
export function runBridgeTask(task: BridgeTask, input: string, context: BridgeContext): Promise<string> | string {
  const given: unknown = JSON.parse(input);
  if (task.input !== undefined || task.output !== undefined) return runChecked(task, given, context);
  const result = task.run(given, context);
  return isThenable(result) ? result.then(toJsonText) : toJsonText(result);
}

async function runChecked(task: BridgeTask, given: unknown, context: BridgeContext): Promise<string> {
  const checked = task.input === undefined ? given : accept(await task.input["~standard"].validate(given), inputFault);
  const result = await task.run(checked, context);
  return toJsonText(
    task.output === undefined ? result : accept(await task.output["~standard"].validate(result), resultFault),
  );
}

/** Throws INVALID_INPUT when the schema says at once that `input` does not fit; what it says later, the other side sees. */
export function checkInput(task: BridgeTask, input: unknown): void {
  const result = task.input?.["~standard"].validate(input);
  if (result === undefined || isThenable(result)) return;
  accept(result, inputFault);
}

function accept(result: StandardResult<unknown>, fault: (path: string, message: string) => BridgeError): unknown {
  if (result.issues === undefined) return result.value;
  const { path, message } = describeIssue(result.issues);
  throw fault(path, message);
}

function inputFault(path: string, message: string): BridgeError {
  return new BridgeError("INVALID_INPUT", `The input does not fit: ${message}`, { path });
}

function resultFault(path: string, message: string): BridgeError {
  return new BridgeError("RESULT_INVALID", `The task returned what its output schema refuses: ${message}`, { path });
}

export function isThenable(value: unknown): value is Promise<unknown> {
  return typeof value === "object" && value !== null && typeof (value as { then?: unknown }).then === "function";
}
