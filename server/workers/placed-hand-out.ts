import { faultPoint } from "@/server/fault-point";
import type { Log } from "@/server/log";
import type { TaskMessage } from "@/server/queue/contract";
import type { WaitingPoll, WaitingPolls } from "./waiting-polls";

/** A claim for one poll: one task, of one of its types. */
export interface PlacedPoll {
  sessionId: string;
  types: readonly string[];
  poll?: string;
}

/** The tasks that the dispatcher gave to sessions. */
export interface PlacedTasks {
  /** Takes for each poll the first task that waits at its session; those without one are absent. Each session once. */
  claim(polls: PlacedPoll[]): Promise<(Omit<TaskMessage, "sentAt"> & { sessionId: string })[]>;
  /** Sessions at which tasks wait. */
  sessions(): Promise<string[]>;
  /** Calls back with sessions that were given tasks, wherever their polls are. */
  onPlaced(listener: (sessions: string[]) => void): void;
}

export interface PlacedHandOut {
  /** A poll has come: there may be something for it already. */
  arrived(poll: WaitingPoll): void;
  stop(): Promise<void>;
}

/** A notice that was lost costs at most this. */
const SWEEP_MS = 1_000;
/** Sessions without a poll here that were given something; their next poll asks at once. */
const MOST_TOLD = 10_000;

/** Hands placed tasks to the polls of their sessions: at a notice, not at a question of each poll. */
export function createPlacedHandOut(options: {
  log: Log;
  polls: WaitingPolls;
  placed: PlacedTasks;
  answer: (poll: WaitingPoll, message: TaskMessage) => void;
}): PlacedHandOut {
  const { log, polls, placed } = options;
  const told = new Set<string>();
  const due = new Set<string>();
  let claiming: Promise<void> | null = null;
  let isStopped = false;

  function note(sessions: string[]): void {
    if (isStopped) return;
    for (const session of sessions) {
      if (polls.hasOf(session)) due.add(session);
      else if (told.size < MOST_TOLD) told.add(session);
    }
    claimDue();
  }

  function claimDue(): void {
    if (due.size === 0 || claiming !== null) return;
    claiming = claimAll()
      .catch((error: unknown) => log.warn("could not hand out placed tasks; the next look does", { error }))
      .finally(() => {
        claiming = null;
        claimDue();
      });
  }

  async function claimAll(): Promise<void> {
    // What this turn of the event loop brings goes together.
    await new Promise((resolve) => setImmediate(resolve));
    const sessions = [...due];
    due.clear();
    const waiting = new Map<string, WaitingPoll>();
    for (const session of sessions) {
      const poll = polls.takeOf(session);
      if (poll) waiting.set(session, poll);
    }
    if (waiting.size === 0) return;
    try {
      const tasks = await placed.claim([...waiting.values()].map(claimOf));
      if (tasks.length > 0) faultPoint("placed.after_claim");
      for (const { sessionId, ...message } of tasks) {
        const poll = waiting.get(sessionId);
        if (!poll) continue;
        waiting.delete(sessionId);
        options.answer(poll, { ...message, sentAt: Date.now() });
        // Another poll of the session may find another task.
        if (polls.hasOf(sessionId)) due.add(sessionId);
        else told.add(sessionId);
      }
    } finally {
      for (const poll of waiting.values()) polls.putBack(poll);
    }
  }

  async function sweep(): Promise<void> {
    if (polls.size > 0) note((await placed.sessions()).filter((session) => polls.hasOf(session)));
  }

  placed.onPlaced(note);
  const timer = setInterval(() => {
    sweep().catch((error: unknown) => log.warn("could not look for placed tasks", { error }));
  }, SWEEP_MS);
  timer.unref();
  return {
    arrived(poll) {
      if (!told.delete(poll.sessionId)) return;
      due.add(poll.sessionId);
      claimDue();
    },
    async stop() {
      isStopped = true;
      clearInterval(timer);
      due.clear();
      while (claiming) await claiming;
    },
  };
}

function claimOf({ sessionId, types, requestId }: WaitingPoll): PlacedPoll {
  return { sessionId, types: [...types], ...(requestId === undefined ? {} : { poll: requestId }) };
}
