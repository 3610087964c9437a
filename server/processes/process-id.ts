import { randomBytes } from "node:crypto";

/** A new process id: `proc_` and 128 random bits, which say nothing of the job that it stands for. */
export function newProcessId(): string {
  return `proc_${randomBytes(16).toString("hex")}`;
}
