import { BridgeError } from "../bridge-error";

export interface Guard {
  code: "BLOCKING_NOT_ALLOWED" | "NESTED_BLOCKING_CALL";
  reason: string;
}

const GUARD = Symbol.for("batuta.bridge.guard");

function holder(): { [GUARD]?: Guard } {
  return globalThis as { [GUARD]?: Guard };
}

/**
 * Says that the calling thread serves others while it works (a worker's main thread, a web server): from now on the blocking
 * forms fail there at once with BLOCKING_NOT_ALLOWED. `name` is what the message calls it.
 */
export function protectThread(name: string): void {
  holder()[GUARD] ??= {
    code: "BLOCKING_NOT_ALLOWED",
    reason: `The thread "${name}" may not wait: its timers, probes and heartbeats would stop. Use runAsyncTask.async or fireAndForget with the handle's promise.`,
  };
}

/** Says that this thread runs the tasks of a bridge: a task that blocks it would wait for itself. */
export function protectDispatcher(): void {
  holder()[GUARD] = {
    code: "NESTED_BLOCKING_CALL",
    reason:
      "A task of the bridge may not block on another one: its thread would wait for itself. Await runAsyncTask.async.",
  };
}

const OVERRIDE_LIMIT_MS = 250;

/**
 * Throws when this thread may not block. With `allowBlocking` a protected thread may, with a warning, for a quarter of a
 * second; what it gives is the limit in milliseconds, null when there is none.
 */
export function checkMayBlock(allowBlocking: boolean | undefined): number | null {
  const guard = holder()[GUARD];
  if (guard === undefined) return null;
  if (guard.code !== "BLOCKING_NOT_ALLOWED" || !allowBlocking) throw new BridgeError(guard.code, guard.reason);
  process.emitWarning(`${guard.reason} Allowed this once, for ${OVERRIDE_LIMIT_MS} ms at most.`, "BatutaBridge");
  return OVERRIDE_LIMIT_MS;
}
