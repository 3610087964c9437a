import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { isAlive, sendSignal, waitForExit } from "@/server/local/process-info";

/** A process, told apart from a later one that got the same number. */
export interface ProcessMark {
  pid: number;
  /** When it began, as the system writes it; opaque. Empty when unknown. */
  began: string;
}

export function markOf(pid: number): ProcessMark {
  return { pid, began: beganAt(pid) };
}

/** Whether the very process of this mark still runs. */
export function isSameProcess(mark: ProcessMark): boolean {
  return isAlive(mark.pid) && beganAt(mark.pid) === mark.began;
}

function beganAt(pid: number): string {
  try {
    if (process.platform === "linux") {
      const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
      // Field 22; the second field, the name, may hold spaces and ends with the last bracket.
      return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19] ?? "";
    }
    return execFileSync("ps", ["-o", "lstart=", "-p", String(pid)], { encoding: "utf8" }).trim();
  } catch {
    return "";
  }
}

/**
 * Asks a process to end, waits, then kills it together with everything in its group. `askAll` asks the whole group,
 * for a process that does not pass the wish on.
 */
export async function endGroup(pid: number, graceMs: number, askAll = false): Promise<void> {
  if (sendSignal(askAll ? -pid : pid, "SIGTERM")) await waitForExit(pid, graceMs);
  // Also after an orderly end: its own children must not stay behind.
  sendSignal(-pid, "SIGKILL");
  await waitForExit(pid, 5_000);
}
