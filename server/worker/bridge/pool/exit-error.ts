import { BridgeError } from "../bridge-error";
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
    default: {
      const how = fault
        ? `an error that nobody caught: ${fault.message}`
        : (exit?.signal ?? `exit code ${exit?.exitCode}`);
      const details = { exitCode: exit?.exitCode ?? null, signal: exit?.signal ?? null, ...log };
      return new BridgeError("TASK_CRASHED", `${name} ended its slot with ${how}`, details, {
        cause: fault ?? exit?.error ?? undefined,
      });
    }
  }
}
