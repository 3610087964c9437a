import type { ReceivedSignal } from "@/server/queue/contract";
import { OpenReceipts } from "@/server/queue/open-receipts";
import type { PostgresQueueStore } from "@/server/queue/postgres-queue-store";
import { parseSignalRow } from "@/server/queue/signal-row";
import type { TroubleListener } from "@/server/queue/trouble";

const ROW_RECEIPT = "row:";

/** True for receipts of signals that came as a row of the `signals` table. */
export function isRowReceipt(receipt: string): boolean {
  return receipt.startsWith(ROW_RECEIPT);
}

/**
 * Reads signals from the `signals` table. A row stays until the commit that answers it deletes it; what nobody settles
 * for too long is given again.
 */
export class SignalRowInbox {
  private readonly open = new OpenReceipts();

  constructor(
    private readonly store: PostgresQueueStore,
    private readonly tell: TroubleListener,
  ) {}

  /** New signals of the lanes, at most `limit`, oldest first. Rejects when Postgres is away. */
  async poll(lanes: number[], limit: number): Promise<ReceivedSignal[]> {
    const abandoned = this.open.forgetAbandoned();
    if (abandoned.size > 0) this.store.releaseSignals([...abandoned].map(rowOf));
    const rows = await this.store.takeSignals(lanes, limit);
    const received: ReceivedSignal[] = [];
    const unreadable: string[] = [];
    for (const { id, body } of rows) {
      const receipt = ROW_RECEIPT + id;
      try {
        received.push({ signal: parseSignalRow(body), receipt });
        this.open.begin(receipt, 1);
      } catch (error) {
        this.tell("Unreadable signal row removed", error);
        unreadable.push(id);
      }
    }
    if (unreadable.length > 0) await this.store.removeSignals(unreadable);
    return received;
  }

  /** Ids of the rows among these receipts: the commit deletes them. */
  rowsOf(receipts: string[]): string[] {
    return receipts.filter(isRowReceipt).map(rowOf);
  }

  /** The commit that deleted these rows is done. */
  settle(receipts: string[]): void {
    if (receipts.length === 0) return;
    for (const receipt of receipts) this.open.settle(receipt);
    this.store.signalsSettled(receipts.map(rowOf));
  }
}

function rowOf(receipt: string): string {
  return receipt.slice(ROW_RECEIPT.length);
}
