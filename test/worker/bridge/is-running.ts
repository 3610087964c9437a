import { existsSync, readFileSync } from "node:fs";

/** Whether the process still does anything: one that has ended and was not looked after by its parent does not. */
export function isRunning(pid: number): boolean {
  if (process.platform === "linux") {
    const file = `/proc/${pid}/stat`;
    return existsSync(file) && !/\) [ZX] /.test(readFileSync(file, "utf8"));
  }
  try {
    return process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ESRCH") return false;
    throw error;
  }
}
