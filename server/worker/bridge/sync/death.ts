import { BridgeError } from "../bridge-error";

/** How a thread died that was not killed. */
export interface Death {
  /** Of the call that ended it; 0: unknown. */
  id: number;
  /** Null: it ended without a word, as it does when its heap is full. */
  exitCode: number | null;
}

/** What the call fails with that ended its thread; `failure` is what the thread failed with, if that is known. */
export function crashError(name: string, { exitCode }: Death, failure: unknown): BridgeError {
  const options = failure === undefined ? undefined : { cause: failure };
  if (exitCode === null || isOutOfMemory(failure)) {
    return new BridgeError("TASK_OOM", `${name} used up the memory of its thread`, {}, options);
  }
  return new BridgeError("TASK_CRASHED", `${name} ended its thread with code ${exitCode}`, { exitCode }, options);
}

/** The same for those that only were there. */
export function whyDead({ exitCode }: Death, failure: unknown): string {
  if (exitCode === null || isOutOfMemory(failure)) return "it used up its memory";
  return failure instanceof Error ? failure.message : `it ended with code ${exitCode}`;
}

function isOutOfMemory(failure: unknown): boolean {
  return failure instanceof Error && "code" in failure && failure.code === "ERR_WORKER_OUT_OF_MEMORY";
}
