import type { Delivery } from "@/server/queue/contract";
import { openSession, type Session } from "@/server/workers/session";
import { createAttempts } from "./attempts";
import { startConsumer } from "./consume";
import { startPlacedConsumer } from "./consume-placed";
import { drain } from "./drain";
import { deliveriesOf, Hand } from "./hand";
import type { WorkerHealth } from "./health";
import { longestGraceMs } from "./longest-grace";
import { overrunOf } from "./overrun";
import { Prefetch } from "./prefetch";
import { createProgressSaver } from "./progress";
import { createReporter } from "./report";
import type { WorkerOptions } from "./worker-options";
import { workerSlots } from "./worker-slots";

export interface Worker {
  /** Registers and begins to take tasks; resolves when the first session is registered. */
  start(): Promise<void>;
  /**
   * Drains: takes no more, gives untouched deliveries back, waits for running ones up to `drainMs`, leaves those that
   * still run to others, ends the session.
   */
  stop(): Promise<void>;
  /** Renews the session now. */
  tick(): Promise<void>;
  health(): WorkerHealth;
}

/** Unsent reports above this make the worker take no more until the queue is back. */
const MOST_UNREPORTED = 1_000;
const PROGRESS_EVERY_MS = 500;
/** How long the last reports of a lost session may take. */
const GOODBYE_MS = 3_000;
/** The queue tells of the same trouble every 10 s: when it has been silent for longer, the trouble is over. */
const QUEUE_CALM_MS = 12_000;

interface Life {
  session: Session;
  /** The dispatcher gave the session tasks. */
  told(): void;
  hand: Hand;
  unreported: () => number;
  /** The session is gone: stop all code, report nothing but what was finished before. */
  abandon(): Promise<void>;
  drain(drainMs: number): Promise<void>;
}

/** A worker: a chain of sessions, each with deliveries of its own. A session that was declared dead is followed by a new one. */
export function createWorker(options: WorkerOptions): Worker {
  const { log, metrics } = options;
  const stopping = new AbortController();
  const seen = { storeAnswer: 0, queueTrouble: Number.NEGATIVE_INFINITY };
  let life: Life | null = null;
  let following: Promise<void> = Promise.resolve();
  options.onPlaced?.((sessions) => {
    if (life && sessions.includes(life.session.info.id)) life.told();
  });

  async function nextLife(): Promise<void> {
    let lost = (): void => undefined;
    const session = await openSession({
      rows: options.sessions,
      describe: {
        worker: options.name,
        skills: [...options.runtime.tasks.names],
        slots: options.concurrency,
        hostname: options.hostname,
        version: options.version,
      },
      heartbeatMs: options.leaseMs / 3,
      runtime: () => JSON.stringify(workerSlots(options.runtime)),
      stop: stopping.signal,
      onRenewed: () => {
        seen.storeAnswer = performance.now();
      },
      onLost: () => lost(),
      onError: (error, what) => log.warn(what, { error: messageOf(error) }),
    });
    log.info("worker session registered", { session: session.info.id, skills: session.info.skills });
    const current = beginLife(session, options, (what, error) => {
      seen.queueTrouble = performance.now();
      log.warn(what, { error: messageOf(error) });
    });
    life = current;
    lost = () => {
      following = replace(current);
    };
  }

  async function replace(old: Life): Promise<void> {
    metrics.sessionsLost.inc();
    log.warn("the worker session was declared dead; its tasks belong to others now", { session: old.session.info.id });
    if (life === old) life = null;
    await old.abandon();
    if (!stopping.signal.aborted) await nextLife().catch(ignoreStop);
  }

  function ignoreStop(error: unknown): void {
    if (!stopping.signal.aborted) throw error;
  }

  function health(): WorkerHealth {
    const now = performance.now();
    const checks = {
      postgres: seen.storeAnswer > 0 && now - seen.storeAnswer < options.leaseMs + 5_000 ? "ok" : "no answer",
      queue: now - seen.queueTrouble > QUEUE_CALM_MS ? "ok" : "in trouble",
    };
    const draining = stopping.signal.aborted;
    const blocked = options.runtime.blocked();
    return {
      ready: !draining && blocked === null && life !== null && (checks.postgres === "ok" || checks.queue === "ok"),
      draining,
      blocked,
      overrun: overrunOf(options.runtime.stats()),
      checks: draining ? { ...checks, worker: "draining" } : checks,
      sessionId: life?.session.info.id ?? null,
      running: life?.hand.running.size ?? 0,
      waiting: life?.hand.waitingCount ?? 0,
      unreported: life?.unreported() ?? 0,
    };
  }

  return {
    start() {
      following = nextLife().catch(ignoreStop);
      return following;
    },
    async stop() {
      stopping.abort();
      // Whoever started it was told how that went.
      await Promise.allSettled([following]);
      const last = life;
      if (last) await last.drain(options.drainMs);
      life = null;
      await options.runtime.close();
    },
    async tick() {
      await life?.session.renew();
      await following;
    },
    health,
  };
}

/** Everything that hangs on one session. */
function beginLife(session: Session, options: WorkerOptions, onTrouble: (what: string, error: unknown) => void): Life {
  const { log, metrics, runtime } = options;
  const { id: sessionId } = session.info;
  const queue = options.openQueue(sessionId, onTrouble);
  const prefetch = new Prefetch(options.concurrency, options.prefetch, options.mostPrefetch ?? options.prefetch);
  const hand = new Hand(options.concurrency, prefetch);
  const warn = (what: string) => (error: unknown) => log.warn(what, { error: messageOf(error), session: sessionId });
  const giveBackSurplus = () => {
    const surplus = deliveriesOf(hand.takeSurplus());
    if (surplus.length === 0) return;
    queue.giveBack(surplus).catch((error: unknown) => {
      hand.add(surplus);
      warn("could not give tasks back; they stay here")(error);
    });
  };
  const reporter = createReporter({
    send: (reports) => queue.report(reports),
    onSent: (count) => {
      metrics.reports.inc(count);
      hand.changed();
    },
    onError: (error, waiting) =>
      log.warn("could not report results; they are kept", { error: messageOf(error), waiting }),
  });
  const progress = createProgressSaver({
    save: options.saveProgress,
    everyMs: PROGRESS_EVERY_MS,
    onError: warn("could not save progress"),
  });
  const attempts = createAttempts({
    ...options,
    hand,
    queue,
    reporter,
    progress,
    worker: options.name,
    sessionId,
    onError: (error, what) => log.warn(what, { error: messageOf(error) }),
    onFinished: (type, result) => {
      prefetch.note(result.ms);
      metrics.ended({ type, outcome: result.outcome, code: result.error?.code, ms: result.ms });
    },
    onLong: (ms) => {
      prefetch.note(ms);
      giveBackSurplus();
    },
    onAbandoned: (type) => metrics.abandoned.inc({ type }),
  });
  // A task that nobody can run here is better off elsewhere.
  const mayTake = () => reporter.size() < MOST_UNREPORTED && runtime.blocked() === null;
  queue.onCancel((taskId) => attempts.cancel(taskId));
  const consumer = startConsumer({
    queue,
    types: [...options.runtime.tasks.names],
    hand,
    mayTake,
    onTaken: (deliveries) => {
      hand.add(deliveries);
      if (deliveries.some(wasLost)) prefetch.beCareful();
      // They were asked for when there was more room.
      giveBackSurplus();
      attempts.startWaiting();
    },
    onError: warn("could not take tasks"),
  });
  const placed = startPlacedConsumer({
    queue,
    limit: options.concurrency,
    mayTake,
    onTaken: (deliveries) => {
      hand.add(deliveries);
      attempts.startWaiting();
    },
    onError: warn("could not take placed tasks"),
  });
  const both = { stop: async () => (await Promise.all([consumer.stop(), placed.stop()])).flat() };
  const close = async () => {
    session.stop();
    progress.stop();
    await queue.close();
  };
  return {
    session,
    told: () => placed.told(),
    hand,
    unreported: () => reporter.size(),
    async abandon() {
      attempts.abandonAll();
      const held = hand.takeAll();
      const [late] = await Promise.all([both.stop(), reporter.flushed(GOODBYE_MS)]);
      reporter.drop();
      // Most of it belongs to others already; what was taken after the session was declared dead does not.
      await queue.giveBack([...held, ...late]).catch(warn("could not give tasks back"));
      await close();
    },
    async drain(drainMs) {
      const { sessions: rows, hurry } = options;
      const graceMs = longestGraceMs(runtime.tasks);
      await drain({ session, consumer: both, hand, attempts, reporter, queue, rows, log, drainMs, graceMs, hurry });
      await close();
    },
  };
}

/** An earlier worker took it and was not heard of again: perhaps the task is what ended it. */
function wasLost({ message }: Delivery): boolean {
  return message.fence > message.attempt;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
