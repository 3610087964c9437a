import type { ChainableCommander, Redis } from "ioredis";
import type { Signal } from "@/server/engine/signal";
import { FIELD, type Keys, TASK_GROUP } from "@/server/queue/keys";
import type { PostgresQueueStore } from "@/server/queue/postgres-queue-store";
import { encodeSignals, pokeEntry, type SignalEntry } from "@/server/queue/signal-entry";
import { signalRows } from "@/server/queue/signal-row";
import { firstError } from "@/server/queue/stream-reply";
import type { TroubleListener } from "@/server/queue/trouble";

/** A task delivery that a report settles. */
export interface TaskReceipt {
  type: string;
  entryId: string;
}

/**
 * Puts signals into their partitions and settles deliveries with them, in one transaction: a result is in the signals
 * exactly when its delivery is gone. Large signals go by rows, committed before their deliveries are settled, and so do
 * all of them when Redis does not take them. Rejects when neither door takes them; sending again is harmless then.
 * Resolves with false when the signals went by rows and the deliveries could not be settled yet.
 */
export async function sendSignalEntries(
  redis: Redis,
  keys: Keys,
  rows: PostgresQueueStore | null,
  signals: Signal[],
  receipts: TaskReceipt[],
  tell: TroubleListener,
): Promise<boolean> {
  if (signals.length === 0 && receipts.length === 0) return true;
  const entries = encodeSignals(signals);
  const large = rows ? entries.filter((entry) => entry.large) : [];
  const small = rows ? entries.filter((entry) => !entry.large) : entries;
  if (rows && large.length > 0) await rows.insertSignals(signalRows(signalsOf(large, signals)));
  try {
    await transact(redis, (transaction) => {
      for (const { partition, text } of small) transaction.xadd(keys.signalStream(partition), "*", FIELD, text);
      for (const { partition } of large) transaction.xadd(keys.signalStream(partition), "*", FIELD, pokeEntry());
      addSettlements(transaction, keys, receipts);
    });
  } catch (error) {
    if (!rows) throw error;
    tell("Signals go by Postgres", error);
    if (small.length > 0) await rows.insertSignals(signalRows(signalsOf(small, signals)));
    return false;
  }
  return true;
}

/** Forgets deliveries whose signals are in the queue already. Rejects when Redis does not answer. */
export async function settleDeliveries(redis: Redis, keys: Keys, receipts: TaskReceipt[]): Promise<void> {
  await transact(redis, (transaction) => addSettlements(transaction, keys, receipts));
}

/** The signals of these entries, in the order in which they were given. */
function signalsOf(entries: SignalEntry[], signals: Signal[]): Signal[] {
  const indexes = new Set(entries.flatMap((entry) => entry.indexes));
  return signals.filter((_, index) => indexes.has(index));
}

function addSettlements(transaction: ChainableCommander, keys: Keys, receipts: TaskReceipt[]): void {
  const byType = new Map<string, string[]>();
  for (const { type, entryId } of receipts) {
    const ids = byType.get(type);
    if (ids) ids.push(entryId);
    else byType.set(type, [entryId]);
  }
  for (const [type, ids] of byType) {
    transaction.xack(keys.taskStream(type), TASK_GROUP, ...ids);
    transaction.xdel(keys.taskStream(type), ...ids);
  }
}

async function transact(redis: Redis, fill: (transaction: ChainableCommander) => void): Promise<void> {
  const transaction = redis.multi();
  fill(transaction);
  const error = firstError(await transaction.exec());
  if (error) throw error;
}
