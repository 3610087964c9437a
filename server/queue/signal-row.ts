import type { Signal } from "@/server/engine/signal";
import { partitionOf } from "@/server/queue/partition";
import type { SignalToStore } from "@/server/queue/postgres-queue-store";
import { isSignal } from "@/server/queue/signal-entry";

/** One row per signal, because each is deleted by the commit that answers it. */
export function signalRows(signals: Signal[]): SignalToStore[] {
  return signals.map((signal) => ({
    lane: partitionOf(signal.jobId),
    jobId: signal.jobId,
    body: JSON.stringify(signal),
  }));
}

/** Reads a row's body back. Throws when it is not a signal. */
export function parseSignalRow(body: string): Signal {
  const signal: unknown = JSON.parse(body);
  if (!isSignal(signal)) throw new Error(`not a signal: ${JSON.stringify(body.slice(0, 80))}`);
  return signal;
}
