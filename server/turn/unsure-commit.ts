import { isDeepStrictEqual } from "node:util";
import type { JobEvent } from "@/lib/job-event";
import type { LoadedJob } from "@/server/store/load-jobs";
import type { Decided } from "./decide-batch";

/** A change whose commit got no answer: it may be stored, or not. `announced`: which of its tasks went into the window. */
export interface UnsureChange {
  decided: Decided;
  announced: Set<string>;
}

/** A commit broke off; `unsure` are the changes of which nobody knows, `works` signals that have to be decided again. */
export class UnsureCommitError extends Error {
  override readonly name = "UnsureCommitError";
  constructor(
    override readonly cause: unknown,
    readonly unsure: UnsureChange[],
    readonly works: Decided["works"],
  ) {
    super(`A commit got no answer: ${cause instanceof Error ? cause.message : String(cause)}`);
  }
}

/**
 * Whether this very change is in the job's history: its events stand there with the numbers that they were given. The
 * version alone does not tell; somebody else's change may have taken it.
 */
export function isStored({ writes }: Decided, stored: LoadedJob | undefined): boolean {
  if (!writes || !stored || stored.version < writes.version) return false;
  const there = stored.events.slice(writes.expectedVersion, writes.version);
  return there.length === writes.events.length && writes.events.every((event, index) => isSame(event, there[index]));
}

function isSame(event: JobEvent, stored: JobEvent | undefined): boolean {
  if (!stored || event.seq !== stored.seq || event.kind !== stored.kind) return false;
  return isDeepStrictEqual(asStored(event.data), asStored(stored.data));
}

function asStored(data: unknown): unknown {
  return JSON.parse(JSON.stringify(data ?? null));
}
