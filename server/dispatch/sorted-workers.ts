import type { PooledWorker } from "./pooled-worker";

interface Entry {
  cost: number;
  worker: PooledWorker;
}

/** Workers in the order of what they cost, then of their sessions: found and placed by halving. */
export class SortedWorkers {
  private readonly entries: Entry[] = [];

  get length(): number {
    return this.entries.length;
  }

  at(index: number): Entry {
    return this.entries[index] as Entry;
  }

  add(worker: PooledWorker, cost: number): void {
    this.entries.splice(this.place(cost, worker.known.session), 0, { cost, worker });
  }

  /** `cost` is what it was added with. */
  remove(session: string, cost: number): void {
    const index = this.place(cost, session);
    if (this.entries[index]?.worker.known.session === session) this.entries.splice(index, 1);
  }

  private place(cost: number, session: string): number {
    let low = 0;
    let high = this.entries.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      const entry = this.entries[middle] as Entry;
      const isBefore = entry.cost < cost || (entry.cost === cost && entry.worker.known.session < session);
      if (isBefore) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
