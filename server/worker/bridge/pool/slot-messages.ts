import { BridgeError } from "../bridge-error";
import { packError } from "../error-envelope";
import type { RunMessage, ToSlot } from "../messages";
import type { Run } from "./run";

const MIN_BEAT_MS = 50;

/** `announce`: the slot does not know the task yet, and is to say when it begins. */
export function runMessage({ no, request }: Run, announce: boolean): RunMessage {
  const { id, task, input, context, traceparent, heartbeatTimeoutMs } = request;
  const beatMs =
    heartbeatTimeoutMs === undefined ? undefined : Math.max(MIN_BEAT_MS, Math.floor(heartbeatTimeoutMs / 4));
  return { kind: "run", run: no, id, code: task, input, context, traceparent, announce, beatMs };
}

/** What the executor's side answers to a call of the task. */
export async function answerOf({ request: { onCall, task } }: Run, method: string, argument: string): Promise<string> {
  if (onCall) return onCall(method, argument);
  throw new BridgeError("INVALID_TASK", `${task.name} asks for "${method}", which nobody answers here`);
}

/** What the task is to be told in answer to its call; never rejects. */
export async function answerCall(run: Run, call: number, method: string, argument: string): Promise<ToSlot> {
  try {
    return { kind: "answer", run: run.no, call, value: await answerOf(run, method, argument) };
  } catch (error) {
    return { kind: "refusal", run: run.no, call, envelope: packError(error, {}) };
  }
}
