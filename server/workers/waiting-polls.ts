import type { TaskMessage } from "@/server/queue/contract";

/** A task in the hands of a remote worker. */
export interface HandedTask {
  message: TaskMessage;
  /** The remote worker's session; what the task's row names while it runs. */
  sessionId: string;
  worker: string;
}

/** One "next task" request that waits for its answer. */
export interface WaitingPoll {
  worker: string;
  sessionId: string;
  types: ReadonlySet<string>;
  requestId?: string;
  /** Gives the answer; null when there is none within its time. */
  answer: (task: HandedTask | null) => void;
  /** The connection is gone or the time is over: it takes nothing any more. */
  over: boolean;
}

/** The polls that wait, oldest first: who has waited longest is served first. */
export class WaitingPolls {
  private readonly polls = new Set<WaitingPoll>();
  /** Polls whose task could not be handed over; they keep their turn. */
  private readonly first = new Set<WaitingPoll>();
  private wake: (() => void)[] = [];
  private stopped = false;

  get size(): number {
    return this.polls.size + this.first.size;
  }

  add(poll: WaitingPoll): void {
    this.polls.add(poll);
    this.wakeUp();
  }

  /** Puts a poll back at the head, after its task turned out to be gone. */
  putBack(poll: WaitingPoll): void {
    if (!poll.over) this.first.add(poll);
  }

  remove(poll: WaitingPoll): void {
    this.polls.delete(poll);
    this.first.delete(poll);
  }

  /** Takes out the poll that has waited longest for this type. */
  takeFor(type: string): WaitingPoll | undefined {
    for (const waiting of [this.first, this.polls]) {
      for (const poll of waiting) {
        if (!poll.types.has(type)) continue;
        waiting.delete(poll);
        return poll;
      }
    }
    return undefined;
  }

  /** Every type that somebody waits for. */
  types(): string[] {
    const types = new Set<string>();
    for (const waiting of [this.first, this.polls])
      for (const poll of waiting) for (const type of poll.types) types.add(type);
    return [...types];
  }

  /** Resolves when somebody waits, or at `stop`. */
  async someone(): Promise<void> {
    if (this.size > 0 || this.stopped) return;
    await new Promise<void>((resolve) => this.wake.push(resolve));
  }

  /** Takes no more polls, and answers those that wait with nothing. */
  stop(): void {
    this.stopped = true;
    const all = [...this.first, ...this.polls];
    this.first.clear();
    this.polls.clear();
    for (const poll of all) poll.answer(null);
    this.wakeUp();
  }

  private wakeUp(): void {
    const woken = this.wake;
    this.wake = [];
    for (const resolve of woken) resolve();
  }
}
