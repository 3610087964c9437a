import type { ChildProcess } from "node:child_process";

/** Of a system that has no process groups, or whose group has nobody left but those that are not looked after yet. */
const NOBODY = new Set(["ESRCH", "EPERM"]);

/** Sends a signal to a process that leads a group of its own, and to every program that it started. */
export function signalGroup(child: ChildProcess, signal: "SIGTERM" | "SIGKILL"): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, signal);
  } catch (error) {
    if (!(error instanceof Error && "code" in error && NOBODY.has(String(error.code)))) throw error;
    child.kill(signal);
  }
}
