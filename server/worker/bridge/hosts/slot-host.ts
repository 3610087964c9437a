import type { FromSlot, ToSlot } from "../messages";

/** How a slot's thread or process came to its end. */
export interface HostExit {
  exitCode: number | null;
  signal: string | null;
  /** It reached its limit of heap. */
  outOfMemory: boolean;
  /** What it, or its start, failed with. */
  error: Error | null;
  /** It could not be ended: its code runs on where nothing listens to it. */
  abandoned: boolean;
}

export interface HostEvents {
  onMessage(message: FromSlot): void;
  /** Once, and nothing after it. */
  onExit(exit: HostExit): void;
}

/** The thread, process or piece of this loop that a slot runs its tasks in. It never keeps this process up by itself. */
export interface SlotHost {
  readonly threadId: number | null;
  readonly pid: number | null;
  post(message: ToSlot): void;
  /** Ends it for real; `onExit` tells when that is done. */
  kill(): void;
  /** Resident memory of its own process in bytes; null where it has none of its own, or nobody tells. */
  residentBytes(): number | null;
}
