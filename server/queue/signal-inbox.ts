import type { ReceivedSignal } from "@/server/queue/contract";
import { OpenReceipts } from "@/server/queue/open-receipts";
import { decodeSignals } from "@/server/queue/signal-entry";
import type { StreamEntry } from "@/server/queue/stream-reply";
import type { TroubleListener } from "@/server/queue/trouble";

/** When an entry was added, by Redis: milliseconds, and a count within them. */
interface EntryTime {
  ms: number;
  seq: number;
}

interface Waiting extends ReceivedSignal {
  added: EntryTime;
}

/** What to do about an entry that carries no signals: forget it, and look into the `signals` table when it says so. */
interface InboxEffects {
  acknowledge(partition: number, entryId: string): void;
  rowsWaiting(partition: number): void;
  tell: TroubleListener;
}

/** The receipt of a signal from a stream: `<partition>:<entry id>`. */
function receiptOf(partition: number, entryId: string): string {
  return `${partition}:${entryId}`;
}

/** Signals read from the streams: those waiting to be taken, and a count of those under way. */
export class SignalInbox {
  private readonly waiting = new Map<number, Waiting[]>();
  private readonly open = new OpenReceipts();
  /** Signals per entry, as a moving average: how many entries make a batch. */
  private perEntry = 1;

  constructor(private readonly effects: InboxEffects) {}

  /** Entries to read per stream for about `limit` signals from so many streams. */
  entriesFor(limit: number, streams: number): number {
    return Math.max(1, Math.ceil(limit / this.perEntry / Math.min(Math.max(streams, 1), 4)));
  }

  /** About how many signals so many entries hold. */
  signalsIn(entries: number): number {
    return Math.round(entries * this.perEntry);
  }

  /** Takes in entries of a partition. Those already under way here are left alone. */
  accept(partition: number, entries: StreamEntry[]): void {
    for (const { id, text } of entries) {
      const receipt = receiptOf(partition, id);
      if (this.open.has(receipt)) continue;
      const signals = this.read(partition, text);
      if (signals === null) {
        this.effects.acknowledge(partition, id);
        continue;
      }
      this.open.begin(receipt, signals.length);
      this.perEntry += (signals.length - this.perEntry) / 16;
      const list = this.waiting.get(partition) ?? [];
      this.waiting.set(partition, list);
      const added = entryTime(id);
      for (const signal of signals) list.push({ signal, receipt, added });
    }
  }

  /** Signals of these partitions that wait, at most `limit`, oldest entry first. */
  draw(partitions: number[], limit: number): ReceivedSignal[] {
    const all: { partition: number; item: Waiting }[] = [];
    for (const partition of partitions) {
      for (const item of this.waiting.get(partition) ?? []) all.push({ partition, item });
      this.waiting.delete(partition);
    }
    // Each partition is in order already; the sort is stable and keeps the order within an entry.
    if (partitions.length > 1) all.sort((a, b) => compareEntryTimes(a.item.added, b.item.added));
    for (const { partition, item } of all.slice(limit)) {
      const list = this.waiting.get(partition) ?? [];
      this.waiting.set(partition, list);
      list.push(item);
    }
    return all.slice(0, limit).map(({ item: { signal, receipt } }) => ({ signal, receipt }));
  }

  /** How many signals of these partitions wait. */
  count(partitions: number[]): number {
    let count = 0;
    for (const partition of partitions) count += this.waiting.get(partition)?.length ?? 0;
    return count;
  }

  /** One more signal of this receipt is done; its entry goes with the last one. */
  settle(receipt: string): void {
    if (!this.open.settle(receipt)) return;
    const colon = receipt.indexOf(":");
    this.effects.acknowledge(Number(receipt.slice(0, colon)), receipt.slice(colon + 1));
  }

  /** Lets entries be read again that nobody settled for too long, for whatever reason. */
  forgetAbandoned(): void {
    const forgotten = this.open.forgetAbandoned();
    if (forgotten.size === 0) return;
    for (const [partition, list] of this.waiting) {
      this.waiting.set(
        partition,
        list.filter((item) => !forgotten.has(item.receipt)),
      );
    }
  }

  private read(partition: number, text: string | null): ReceivedSignal["signal"][] | null {
    if (text === null) return null;
    try {
      const signals = decodeSignals(text);
      if (signals !== "rows") return signals.length > 0 ? signals : null;
      this.effects.rowsWaiting(partition);
    } catch (error) {
      this.effects.tell("Unreadable signal entry removed", error);
    }
    return null;
  }
}

/** Reads a stream entry id, `<ms>-<seq>`. */
export function entryTime(entryId: string): EntryTime {
  const dash = entryId.indexOf("-");
  return { ms: Number(entryId.slice(0, dash)), seq: Number(entryId.slice(dash + 1)) };
}

export function compareEntryTimes(a: EntryTime, b: EntryTime): number {
  return a.ms - b.ms || a.seq - b.seq;
}
