import { BridgeError, type BridgeErrorDetails } from "../bridge-error";
import type { HostExit } from "../hosts/slot-host";
import type { KillReason } from "./pool-options";
import type { Run } from "./run";

export interface SlotEnd {
  reason: KillReason | null;
  /** The slot ended because of this run; else the run was its neighbour. */
  isCulprit: boolean;
  /** What nobody caught in the slot. */
  fault: Error | null;
  /** Null while the slot has not ended: nothing could end it. */
  exit: HostExit | null;
}

/** What to tell the caller of a run whose slot came to an end while it ran. */
export function exitError(run: Run, { reason, isCulprit, fault, exit }: SlotEnd): BridgeError {
  const name = run.request.task.name;
  const log = run.logDetails();
  const hard = { phase: "hard" as const, ...log };
  if (!isCulprit) {
    return new BridgeError("BRIDGE_LOST", `${name} was lost: its slot was killed because of another task`, log);
  }
  switch (reason) {
    case "timeout":
    case "cancelled":
    case "close":
      return run.stopError(hard);
    case "stuck":
      return fault
        ? new BridgeError("BRIDGE_UNAVAILABLE", `${name} could not start: ${fault.message}`, log)
        : new BridgeError("TASK_STUCK", `${name} showed no life and was killed`, hard);
    case "memory":
      return new BridgeError("TASK_OOM", `${name} was killed: too much memory was in use`, hard);
    case "oom":
      return new BridgeError("TASK_OOM", `${name} reached the limit of its heap`, log, {
        cause: exit?.error ?? undefined,
      });
    default:
      return crashError(name, fault, exit, log);
  }
}

function crashError(name: string, fault: Error | null, exit: HostExit | null, log: BridgeErrorDetails): BridgeError {
  if (fault) {
    // How the slot ended after that was our doing.
    const message = `${name} ended its slot with an error that nobody caught: ${fault.message}`;
    return new BridgeError("TASK_CRASHED", message, log, { cause: fault });
  }
  const { exitCode = null, signal = null, error = null } = exit ?? {};
  const message = `${name} ended its slot with ${signal ?? `exit code ${exitCode}`}`;
  return new BridgeError("TASK_CRASHED", message, { exitCode, signal, ...log }, { cause: error ?? undefined });
}

/** Why a slot never became ready, when it did not say so itself. */
export function startError({ exitCode, signal }: HostExit): Error {
  return new Error(`it ended with ${signal ?? `code ${exitCode}`} before it was ready`);
}
