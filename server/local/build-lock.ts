import { mkdirSync, readFileSync, rmSync } from "node:fs";
import { dirname } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { createExclusively } from "@/server/local/exclusive-file";
import { isAlive } from "@/server/local/process-info";

/** Runs `work` while no other process of this checkout does; waits for one that does, and passes over a dead one. */
export async function withLock<Result>(
  file: string,
  waiting: () => void,
  work: () => Promise<Result>,
): Promise<Result> {
  mkdirSync(dirname(file), { recursive: true });
  for (let waits = 0; !createExclusively(file, String(process.pid)); waits++) {
    if (waits === 1) waiting();
    if (!isAlive(holderOf(file))) rmSync(file, { force: true });
    else await delay(250);
  }
  try {
    return await work();
  } finally {
    rmSync(file, { force: true });
  }
}

/** When the lock was given back just now there is nobody to wait for or to clean up after: this process stands in. */
function holderOf(file: string): number {
  try {
    return Number(readFileSync(file, "utf8"));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return process.pid;
    throw error;
  }
}
