import { setTimeout as delay } from "node:timers/promises";
import type { Delivery, WorkerQueue } from "@/server/queue/contract";
import type { TaskAllowance } from "./task-allowance";

export interface QueueWatch {
  /** Tasks are asked for now. */
  onAsked: () => void;
  onTaken: (deliveries: Delivery[]) => void;
  /** Absent: it may take as many as there are. */
  allowance?: TaskAllowance;
}

/** A queue whose reads are seen, and end when the allowance is spent. */
export function watchedQueue(queue: WorkerQueue, { onAsked, onTaken, allowance }: QueueWatch): WorkerQueue {
  async function take(limit: number, read: (granted: number) => Promise<Delivery[]>): Promise<Delivery[]> {
    const granted = allowance?.ask(limit) ?? limit;
    let deliveries: Delivery[] = [];
    try {
      deliveries = granted > 0 ? await read(granted) : [];
    } finally {
      allowance?.came(granted, deliveries.length);
    }
    onTaken(deliveries);
    return deliveries;
  }
  return {
    get kind() {
      return queue.kind;
    },
    async take(types, limit, waitMs) {
      onAsked();
      const isOver = allowance?.isSpent;
      const deliveries = await take(limit, (granted) => queue.take(types, granted, waitMs));
      // Its caller asks again at once.
      if (isOver) await delay(waitMs);
      return deliveries;
    },
    takePlaced: (limit) => take(limit, (granted) => queue.takePlaced(granted)),
    report: (reports) => queue.report(reports),
    async giveBack(deliveries) {
      await queue.giveBack(deliveries);
      allowance?.wentBack(deliveries.length);
    },
    settle: (deliveries) => queue.settle(deliveries),
    cancelled: (tasks) => queue.cancelled(tasks),
    onCancel: (listener) => queue.onCancel(listener),
    close: () => queue.close(),
  };
}
