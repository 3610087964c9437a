import { closeSync, fsyncSync, openSync, writeSync } from "node:fs";

/** What a worker did, one line each, on disk before the next step: a killed worker's lines stay. */
export interface LedgerLine {
  /** `start`: its code began; `end`: it came to an outcome; `refused`: its own refresh token was taken for a stolen one. */
  what: "start" | "end" | "refused";
  /** The skill, where a remote worker was given it. */
  type?: string;
  /** `<job>.<no>`: the same on every attempt. */
  task: string;
  /** `<job>.<no>.<fence>` */
  attempt: string;
  outcome?: string;
  at: number;
}

/** Opens a ledger to append to. */
export function openLedger(file: string): { write(line: Omit<LedgerLine, "at">): void; close(): void } {
  const handle = openSync(file, "a");
  return {
    write(line) {
      writeSync(handle, `${JSON.stringify({ ...line, at: Date.now() })}\n`);
      fsyncSync(handle);
    },
    close: () => closeSync(handle),
  };
}
