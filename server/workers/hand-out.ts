import { setTimeout as delay, setImmediate as nextTurn } from "node:timers/promises";
import { attemptIdOf } from "@/lib/job-event";
import { faultPoint } from "@/server/fault-point";
import type { Log } from "@/server/log";
import type { Delivery, TaskMessage, WorkerQueue } from "@/server/queue/contract";
import type { HandOutFacts } from "@/server/store/hand-out-facts";
import { createBackoff } from "./backoff";
import { HandedOut } from "./handed-out";
import { createPlacedHandOut, type PlacedTasks } from "./placed-hand-out";
import { type HandedTask, type WaitingPoll, WaitingPolls } from "./waiting-polls";

/** Names one attempt in the hands of a session. */
export interface HeldAttempt {
  jobId: string;
  no: number;
  fence: number;
  sessionId: string;
  /** The id of the poll that it is the answer to. */
  poll?: string;
}

export interface HandOutDeps {
  log: Log;
  /** The queue as this web process's own session reads it. */
  queue: Pick<WorkerQueue, "take" | "giveBack" | "settle">;
  /**
   * Marks rows as running at remote sessions, in one guarded statement; gives what is known of their jobs; null: it was not to be had
   * any more.
   */
  markHandedOut: (attempts: HeldAttempt[]) => Promise<(HandOutFacts | null)[]>;
  /** Sets rows that a session still holds under this fence back to the backlog. */
  takeBack: (attempts: HeldAttempt[]) => Promise<void>;
  /** Tells the engine that an attempt runs. */
  reportStart: (task: HandedTask) => Promise<void>;
  /** A task still running after this long counts as started. */
  startReportMs: number;
  /** Tasks that were given to sessions; absent: there are none. */
  placed?: PlacedTasks;
  /** Of the poll's worker: null, it may not be given anything; else the types that it has warm. */
  standing?: (worker: string) => { hot: ReadonlySet<string> } | null;
}

/** What a poll asks for. */
export interface PollRequest {
  worker: string;
  sessionId: string;
  types: ReadonlySet<string>;
  /** Of them those that it has warm; unless told, those that its worker last told. */
  hot?: ReadonlySet<string>;
  waitMs: number;
  /** Calls back when its connection is gone, at once if it is so; returns what takes that back. */
  onGone(callback: () => void): () => void;
  /** The poll's own id: the row remembers it, so that the same poll sent again finds the same task. */
  requestId?: string;
}

export interface HandOut {
  /** The next task for a remote worker; null when there is none within `waitMs`. */
  next(poll: PollRequest): Promise<HandedTask | null>;
  /** The answer did not reach the worker: the task goes back, with the same fence. */
  giveBack(task: HandedTask): void;
  /** The attempts that this process handed out. */
  readonly handedOut: HandedOut;
  /** Answers all polls with nothing, gives back what is not handed over. */
  stop(): Promise<void>;
}

/** One read for all polls waits this long; a poll for types that the read did not name waits at most as long. */
const READ_WAIT_MS = 250;
const MOST_PER_READ = 100;
/** A task that nobody waits for any more is kept this long for the next poll before it is given back. */
const KEEP_MS = 500;
/** While so many batches are on their way, the next one grows. */
const MOST_HANDING_OVER = 2;

/** Hands tasks to remote workers: one reader for all the polls that wait at this process. */
export function createHandOut(deps: HandOutDeps): HandOut {
  const polls = new WaitingPolls();
  const stopping = new AbortController();
  const working = new Set<Promise<void>>();
  const kept = new Set<Delivery>();
  const handingOver = new Set<Promise<void>>();
  const handedOut = new HandedOut(deps.startReportMs, (task) => {
    deps.reportStart(task).catch((error: unknown) => deps.log.warn("could not report a start", { error }));
  });

  function track(work: Promise<void>): Promise<void> {
    const tracked = work
      .catch((error: unknown) => deps.log.error("a hand-out failed", { error }))
      .finally(() => working.delete(tracked));
    working.add(tracked);
    return tracked;
  }

  async function loop(): Promise<void> {
    const backoff = createBackoff();
    while (!stopping.signal.aborted) {
      await polls.someone();
      // Whoever comes in the same turn of the loop shares the read.
      await nextTurn();
      const types = polls.types();
      if (types.length === 0) continue;
      try {
        const deliveries = await deps.queue.take(types, Math.min(polls.size, MOST_PER_READ), READ_WAIT_MS);
        backoff.worked();
        if (deliveries.length > 0) deal(deliveries);
        while (handingOver.size >= MOST_HANDING_OVER) await Promise.race(handingOver);
      } catch (error) {
        deps.log.warn("could not take tasks for remote workers", { error });
        await backoff.failed(stopping.signal);
      }
    }
  }

  /** Matches deliveries with polls; those that nobody wants now are kept for a moment. */
  function deal(deliveries: Iterable<Delivery>): void {
    const pairs: [Delivery, WaitingPoll][] = [];
    for (const delivery of deliveries) {
      const poll = polls.takeFor(delivery.message.type);
      if (poll) {
        kept.delete(delivery);
        pairs.push([delivery, poll]);
      } else if (!kept.has(delivery)) {
        kept.add(delivery);
        void track(keep(delivery));
      }
    }
    if (pairs.length === 0) return;
    const batch = track(handOver(pairs));
    handingOver.add(batch);
    void batch.then(() => handingOver.delete(batch));
  }

  async function keep(delivery: Delivery): Promise<void> {
    await delay(KEEP_MS, undefined, { signal: stopping.signal, ref: false }).catch(() => undefined); // stopping
    if (kept.delete(delivery)) await deps.queue.giveBack([delivery]);
  }

  async function handOver(pairs: [Delivery, WaitingPoll][]): Promise<void> {
    const deliveries = pairs.map(([delivery]) => delivery);
    let marked: (HandOutFacts | null)[];
    try {
      marked = await deps.markHandedOut(pairs.map(([{ message }, poll]) => heldOf(message, poll)));
    } catch (error) {
      deps.log.warn("could not hand tasks out; they go back", { error });
      for (const [, poll] of pairs) polls.putBack(poll);
      await deps.queue.giveBack(deliveries);
      return;
    }
    faultPoint("hand_out.after_mark");
    pairs.forEach(([{ message }, poll], index) => {
      const facts = marked[index];
      if (!facts) polls.putBack(poll);
      else answer(poll, { ...handedTo(poll, message), facts });
    });
    // The rows say who holds them now; an entry that stays in the stream for lack of Redis only costs a second delivery.
    await deps.queue.settle(deliveries);
  }

  function answer(poll: WaitingPoll, task: HandedTask): void {
    handedOut.add(task);
    if (poll.over) giveBack(task);
    else poll.answer(task);
  }

  function giveBack(task: HandedTask): void {
    const { jobId, no, fence } = task.message;
    handedOut.forget(attemptIdOf(jobId, no, fence));
    void track(deps.takeBack([heldOf(task.message, { ...task, requestId: task.poll })]));
  }

  const placed = deps.placed
    ? createPlacedHandOut({
        log: deps.log,
        polls,
        placed: deps.placed,
        answer: (poll, message) => answer(poll, handedTo(poll, message)),
      })
    : null;
  const reading = loop();
  return {
    handedOut,
    giveBack,
    next(request) {
      return new Promise((resolve) => {
        if (stopping.signal.aborted) {
          resolve(null);
          return;
        }
        const finish = (task: HandedTask | null) => {
          poll.over = true;
          clearTimeout(timer);
          stay?.();
          polls.remove(poll);
          resolve(task);
        };
        const nothing = () => finish(null);
        let stay: (() => void) | null = null;
        const { worker, sessionId, types, requestId } = request;
        const standing = deps.standing ? deps.standing(worker) : { hot: undefined };
        const hot = request.hot ?? standing?.hot;
        const poll: WaitingPoll = { worker, sessionId, types, hot, requestId, over: false, answer: finish };
        const timer = setTimeout(nothing, request.waitMs);
        stay = request.onGone(nothing);
        if (poll.over) return;
        // Whoever can do nothing waits for nothing, and so does whoever may do nothing.
        if (types.size > 0 && standing) polls.add(poll);
        if (types.size > 0 && standing) placed?.arrived(poll);
        if (kept.size > 0) deal([...kept]);
      });
    },
    async stop() {
      stopping.abort();
      polls.stop();
      await placed?.stop();
      await reading;
      while (working.size > 0) await Promise.all(working);
      handedOut.clear();
    },
  };
}

function heldOf(
  { jobId, no, fence }: { jobId: string; no: number; fence: number },
  { sessionId, requestId }: { sessionId: string; requestId?: string },
): HeldAttempt {
  return { jobId, no, fence, sessionId, ...(requestId === undefined ? {} : { poll: requestId }) };
}

function handedTo({ worker, sessionId, requestId }: WaitingPoll, message: TaskMessage): HandedTask {
  return { message, worker, sessionId, ...(requestId === undefined ? {} : { poll: requestId }) };
}
