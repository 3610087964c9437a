import type { TaskSet } from "@/server/tasks/task-set";
import { defaultLimits, MIN_GRACE_MS } from "./bridge/pool/pool-options";

/** Milliseconds within which every task of the set has stopped that was told to, or was ended; a native call may last longer. */
export function longestGraceMs(tasks: TaskSet): number {
  const graces = tasks.names.map((name) => tasks.find(name)?.declared.graceMs ?? defaultLimits.graceMs);
  return Math.max(MIN_GRACE_MS, ...graces);
}
