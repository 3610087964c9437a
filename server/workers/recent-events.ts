const MOST_REMEMBERED = 10_000;

/** Ids of the workers' events that were taken by this process lately, so that one sent again counts once. */
export class RecentEvents {
  private readonly taken = new Set<string>();

  has(worker: string, eventId: string): boolean {
    return this.taken.has(`${worker} ${eventId}`);
  }

  add(worker: string, eventId: string): void {
    this.taken.add(`${worker} ${eventId}`);
    if (this.taken.size > MOST_REMEMBERED) this.taken.delete(this.taken.values().next().value as string);
  }
}
