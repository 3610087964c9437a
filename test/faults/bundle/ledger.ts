import { closeSync, fsyncSync, openSync, writeSync } from "node:fs";

/** What a worker did, one line each, on disk before the next step: a killed worker's lines stay. */
export interface LedgerLine {
  /** `start`: its code began; `end`: it came to an outcome; `refused`: its own refresh token was taken for a stolen one. */
  what: "start" | "end" | "refused";
  /** The task type. */
  type?: string;
  /** Where in an own worker it began. */
  where?: "thread" | "process" | "inline";
  /** `<job>.<no>`: the same on every attempt. */
  task: string;
  /** `<job>.<no>.<fence>` */
  attempt: string;
  outcome?: string;
  at: number;
}

/** Opens a ledger to append to; several threads and processes may, each for itself. */
export function openLedger(file: string): { write(line: Omit<LedgerLine, "at">): void; close(): void } {
  const handle = openSync(file, "a");
  return {
    write(line) {
      // In one write, which is whole beside those of others; and a line that was cut off by a kill ends where the next begins.
      writeSync(handle, `\n${JSON.stringify({ ...line, at: Date.now() })}\n`);
      fsyncSync(handle);
    },
    close: () => closeSync(handle),
  };
}
