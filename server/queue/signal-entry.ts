import { attemptIdOf } from "@/lib/job-event";
import type { Signal } from "@/server/engine/signal";
import { partitionOf } from "@/server/queue/partition";

/** A larger signal goes by the `signals` table and never through Redis, in characters of its JSON. */
export const LARGE_SIGNAL_CHARS = 64 * 1024;
const SIGNALS_PER_ENTRY = 50;
const ENTRY_CHARS = 256 * 1024;
/** Body of an entry that only says: look into the `signals` table now. */
const POKE = "rows";

/** Signals of one partition, ready to be written as one entry. */
export interface SignalEntry {
  partition: number;
  text: string;
  /** Position of each signal in the list that was encoded. */
  indexes: number[];
  large: boolean;
}

/**
 * Groups signals by partition, in their order, into entries of at most 50 signals and 256 K characters. A signal above
 * 64 K characters is alone in an entry marked `large`.
 * The text is `<attempt ids, or "-", joined by commas> <JSON array>`: scans read the head and parse no JSON.
 */
export function encodeSignals(signals: Signal[]): SignalEntry[] {
  const entries: SignalEntry[] = [];
  const open = new Map<number, { heads: string[]; bodies: string[]; indexes: number[]; chars: number }>();
  const finish = (partition: number, large: boolean) => {
    const draft = open.get(partition);
    if (!draft) return;
    open.delete(partition);
    const text = `${draft.heads.join(",")} [${draft.bodies.join(",")}]`;
    entries.push({ partition, text, indexes: draft.indexes, large });
  };
  signals.forEach((signal, index) => {
    const partition = partitionOf(signal.jobId);
    const body = JSON.stringify(signal);
    const large = body.length > LARGE_SIGNAL_CHARS;
    const draft = open.get(partition);
    const full = draft && (draft.bodies.length >= SIGNALS_PER_ENTRY || draft.chars + body.length > ENTRY_CHARS);
    if (large || full) finish(partition, false);
    const into = open.get(partition) ?? { heads: [], bodies: [], indexes: [], chars: 0 };
    into.heads.push("fence" in signal ? attemptIdOf(signal.jobId, signal.no, signal.fence) : "-");
    into.bodies.push(body);
    into.indexes.push(index);
    into.chars += body.length;
    open.set(partition, into);
    if (large) finish(partition, true);
  });
  for (const partition of [...open.keys()]) finish(partition, false);
  return entries;
}

/** The tiny entry that wakes an engine whose partition has new rows in the `signals` table. */
export function pokeEntry(): string {
  return `- ${POKE}`;
}

/**
 * Reads an entry back: its signals, or "rows" for the wake-up. Throws when it is not one of ours.
 */
export function decodeSignals(text: string): Signal[] | "rows" {
  const space = text.indexOf(" ");
  const body = text.slice(space + 1);
  if (space > 0 && body === POKE) return "rows";
  const signals: unknown = space > 0 ? JSON.parse(body) : null;
  if (!Array.isArray(signals) || !signals.every(isSignal)) {
    throw new Error(`not a signal entry: ${JSON.stringify(text.slice(0, 80))}`);
  }
  return signals;
}

/** Only what this module relies on: the engine decides on the rest, and treats what it does not expect as stale. */
export function isSignal(value: unknown): value is Signal {
  if (typeof value !== "object" || value === null) return false;
  const { kind, jobId } = value as { kind?: unknown; jobId?: unknown };
  return typeof kind === "string" && typeof jobId === "string";
}
