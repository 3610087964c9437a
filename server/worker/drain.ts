import type { Delivery, WorkerQueue } from "@/server/queue/contract";
import type { Session, SessionRows } from "@/server/workers/session";
import { type Attempts, allEnded } from "./attempts";
import { defaultLimits } from "./bridge/pool/pool-options";
import type { Consumer } from "./consume";
import { deliveriesOf, type Hand } from "./hand";
import type { Reporter } from "./report";
import type { WorkerOptions } from "./worker-options";

/** How long the last reports and the goodbye may take when a server is away. */
const GOODBYE_MS = 3_000;
/** What a native call holds for longer after its grace is left to itself. */
const KILL_MS = defaultLimits.zombieAfterMs;

export interface DrainOptions {
  session: Session;
  consumer: Consumer;
  hand: Hand;
  attempts: Attempts;
  reporter: Reporter;
  queue: Pick<WorkerQueue, "giveBack">;
  rows: SessionRows;
  log: WorkerOptions["log"];
  drainMs: number;
  /** Within which a task ends that is told to, or is ended. */
  graceMs: number;
  /** Aborted: `drainMs` is over now. */
  hurry?: AbortSignal;
}

/**
 * Ends a session without burning an attempt: untouched deliveries go back, running ones may finish within `drainMs`, and
 * those that do not are stopped; each goes to others once its code has ended. No server that hangs holds this up.
 */
export async function drain(options: DrainOptions): Promise<void> {
  const { attempts, hand, reporter, log, drainMs, graceMs } = options;
  const { id } = options.session.info;
  const returned = takeNoMore(options);
  if (!(await Promise.race([allEnded(hand, drainMs), aborted(options.hurry)]))) {
    log.warn("tasks still ran at the end of the drain; others will run them again", {
      tasks: [...hand.running.keys()],
    });
    attempts.handBackAll();
    if (!(await allEnded(hand, graceMs + KILL_MS))) attempts.giveUpRunning();
  }
  const [toldAll, allBack] = await Promise.all([reporter.flushed(GOODBYE_MS), within(returned, GOODBYE_MS)]);
  options.session.stop();
  if (toldAll && allBack) {
    await within(
      tried(options, "could not end the session", () => options.rows.end(id)),
      GOODBYE_MS,
    );
  } else {
    // What is left in its hands is found when its lease is over; an ended session would be looked at by nobody.
    log.warn("not all could be reported or given back; it runs again after the lease", { reports: reporter.size() });
  }
}

/** Gives back what was not begun; whether it is. A session that drains gets none of it again. */
async function takeNoMore(options: DrainOptions): Promise<boolean> {
  const { session, rows, consumer, hand, queue } = options;
  const untouched = deliveriesOf(hand.takeWaiting());
  const stopped = consumer.stop();
  const giveBack = async (deliveries: Delivery[]) =>
    deliveries.length === 0 || (await tried(options, "could not give tasks back", () => queue.giveBack(deliveries)));
  await tried(options, "could not mark the session as draining", () => rows.setDraining(session.info.id));
  const isBack = await giveBack(untouched);
  return (await giveBack(await stopped)) && isBack;
}

/** Whether the step succeeded; told if not. */
async function tried(
  { session, log }: Pick<DrainOptions, "session" | "log">,
  what: string,
  step: () => Promise<unknown>,
): Promise<boolean> {
  try {
    await step();
    return true;
  } catch (error) {
    log.warn(what, { error: error instanceof Error ? error.message : String(error), session: session.info.id });
    return false;
  }
}

/** False if the work has not come to its end by then. */
function within(work: Promise<boolean>, ms: number): Promise<boolean> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms, false);
    void work.then((done) => {
      clearTimeout(timer);
      resolve(done);
    });
  });
}

/** False, as soon as the signal says so. */
function aborted(signal: AbortSignal | undefined): Promise<false> {
  return new Promise((resolve) => {
    if (signal?.aborted) resolve(false);
    signal?.addEventListener("abort", () => resolve(false), { once: true });
  });
}
