/** Told about what went wrong in the queue and was survived: lost connections, refused commands, unreadable entries. */
export type TroubleListener = (what: string, error: unknown) => void;

const REPEAT_AFTER_MS = 10_000;
const REMEMBERED = 100;

/**
 * Wraps a listener so that the same trouble is told at most every 10 s: a Redis that is down for an hour is one line
 * now and then, not a flood. Without a listener the trouble becomes a process warning, so that it is never silent.
 */
export function quietTrouble(listener: TroubleListener | undefined): TroubleListener {
  const told = new Map<string, number>();
  const tell = listener ?? warn;
  return (what, error) => {
    const line = `${what}: ${messageOf(error)}`;
    const now = Date.now();
    const last = told.get(line);
    if (last !== undefined && now - last < REPEAT_AFTER_MS) return;
    if (told.size >= REMEMBERED) told.clear();
    told.set(line, now);
    tell(what, error);
  };
}

function warn(what: string, error: unknown): void {
  process.emitWarning(`${what}: ${messageOf(error)}`, "QueueTrouble");
}

/** The text of whatever was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
