import type { TaskMessage } from "@/server/queue/contract";
import type { HandOutFacts } from "@/server/store/hand-out-facts";

/** A task in the hands of a remote worker. */
export interface HandedTask {
  message: TaskMessage;
  /** The remote worker's session; what the task's row names while it runs. */
  sessionId: string;
  worker: string;
  /** What its payload says of the job; absent: it has to be read. */
  facts?: HandOutFacts;
  /** What its row says of the poll that it is the answer to: only who gave the last answer may take it back. */
  poll?: string;
}

/** One "next task" request that waits for its answer. */
export interface WaitingPoll {
  worker: string;
  sessionId: string;
  types: ReadonlySet<string>;
  /** Types that its worker has warm: of all polls for such a type it is served first. */
  hot?: ReadonlySet<string>;
  requestId?: string;
  /** Gives the answer; null when there is none within its time. */
  answer: (task: HandedTask | null) => void;
  /** The connection is gone or the time is over: it takes nothing any more. */
  over: boolean;
}

type Lines = Map<string, Set<WaitingPoll>>;

/** Polls by what they can be found by, each line oldest first. */
class PollIndex {
  readonly all = new Set<WaitingPoll>();
  readonly byType: Lines = new Map();
  private readonly hot: Lines = new Map();
  private readonly bySession: Lines = new Map();

  add(poll: WaitingPoll): void {
    if (this.all.has(poll)) return;
    this.all.add(poll);
    join(this.bySession, poll.sessionId, poll);
    for (const type of poll.types) {
      join(this.byType, type, poll);
      if (poll.hot?.has(type)) join(this.hot, type, poll);
    }
  }

  delete(poll: WaitingPoll): void {
    if (!this.all.delete(poll)) return;
    leave(this.bySession, poll.sessionId, poll);
    for (const type of poll.types) {
      leave(this.byType, type, poll);
      if (poll.hot?.has(type)) leave(this.hot, type, poll);
    }
  }

  forType(type: string): WaitingPoll | undefined {
    return oldest(this.hot.get(type)) ?? oldest(this.byType.get(type));
  }

  forSession(sessionId: string): WaitingPoll | undefined {
    return oldest(this.bySession.get(sessionId));
  }
}

function join(lines: Lines, key: string, poll: WaitingPoll): void {
  const line = lines.get(key);
  if (line) line.add(poll);
  else lines.set(key, new Set([poll]));
}

function leave(lines: Lines, key: string, poll: WaitingPoll): void {
  const line = lines.get(key);
  line?.delete(poll);
  if (line?.size === 0) lines.delete(key);
}

function oldest(line: Set<WaitingPoll> | undefined): WaitingPoll | undefined {
  return line?.values().next().value;
}

/** The polls that wait, oldest first: who has waited longest is served first, and before all who has the type warm. */
export class WaitingPolls {
  private readonly polls = new PollIndex();
  /** Polls whose task could not be handed over; they keep their turn. */
  private readonly first = new PollIndex();
  private wake: (() => void)[] = [];
  private stopped = false;

  get size(): number {
    return this.polls.all.size + this.first.all.size;
  }

  add(poll: WaitingPoll): void {
    this.polls.add(poll);
    this.wakeUp();
  }

  /** Puts a poll back at the head, after its task turned out to be gone. */
  putBack(poll: WaitingPoll): void {
    if (poll.over) return;
    if (this.stopped) {
      poll.answer(null);
      return;
    }
    this.first.add(poll);
    this.wakeUp();
  }

  remove(poll: WaitingPoll): void {
    this.polls.delete(poll);
    this.first.delete(poll);
  }

  /** Takes out the poll that has waited longest for this type. */
  takeFor(type: string): WaitingPoll | undefined {
    return this.take((index) => index.forType(type));
  }

  /** Takes out the poll of this session that has waited longest. */
  takeOf(sessionId: string): WaitingPoll | undefined {
    return this.take((index) => index.forSession(sessionId));
  }

  hasOf(sessionId: string): boolean {
    return (this.first.forSession(sessionId) ?? this.polls.forSession(sessionId)) !== undefined;
  }

  /** Every type that somebody waits for. */
  types(): string[] {
    return [...new Set([...this.first.byType.keys(), ...this.polls.byType.keys()])];
  }

  /** Resolves when somebody waits, or at `stop`. */
  async someone(): Promise<void> {
    if (this.size > 0 || this.stopped) return;
    await new Promise<void>((resolve) => this.wake.push(resolve));
  }

  /** Takes no more polls, and answers those that wait with nothing. */
  stop(): void {
    this.stopped = true;
    const all = [...this.first.all, ...this.polls.all];
    for (const poll of all) this.remove(poll);
    for (const poll of all) poll.answer(null);
    this.wakeUp();
  }

  private take(find: (index: PollIndex) => WaitingPoll | undefined): WaitingPoll | undefined {
    for (const index of [this.first, this.polls]) {
      const poll = find(index);
      if (!poll) continue;
      index.delete(poll);
      return poll;
    }
    return undefined;
  }

  private wakeUp(): void {
    const woken = this.wake;
    this.wake = [];
    for (const resolve of woken) resolve();
  }
}
