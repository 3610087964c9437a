import type { WorkerQueue } from "@/server/queue/contract";
import type { Session, SessionRows } from "@/server/workers/session";
import { type Attempts, allEnded } from "./attempts";
import type { Consumer } from "./consume";
import { deliveriesOf, type Hand } from "./hand";
import type { Reporter } from "./report";
import type { WorkerOptions } from "./worker-options";

/** How long the last reports and the goodbye may take when a server is away. */
const GOODBYE_MS = 3_000;

/**
 * Ends a session without burning an attempt: untouched deliveries go back, running ones may finish within `drainMs`,
 * and those that do not are stopped and reported as lost deliveries, which others get.
 */
export async function drain(options: {
  session: Session;
  consumer: Consumer;
  hand: Hand;
  attempts: Attempts;
  reporter: Reporter;
  queue: Pick<WorkerQueue, "giveBack">;
  rows: SessionRows;
  log: WorkerOptions["log"];
  drainMs: number;
  /** Aborted: `drainMs` is over now. */
  hurry?: AbortSignal;
}): Promise<void> {
  const { hand, reporter, log } = options;
  const { id } = options.session.info;
  const attempt = async (what: string, step: () => Promise<unknown>) => {
    try {
      await step();
    } catch (error) {
      log.warn(what, { error: error instanceof Error ? error.message : String(error), session: id });
    }
  };
  await attempt("could not mark the session as draining", () => options.rows.setDraining(id));
  const untouched = deliveriesOf(hand.takeWaiting());
  const [late] = await Promise.all([
    options.consumer.stop(),
    untouched.length > 0 && attempt("could not give tasks back", () => options.queue.giveBack(untouched)),
  ]);
  if (late.length > 0) await attempt("could not give tasks back", () => options.queue.giveBack(late));
  const allDone = await Promise.race([allEnded(hand, options.drainMs), aborted(options.hurry)]);
  if (!allDone) {
    log.warn("tasks still ran at the end of the drain; others will run them again", {
      tasks: [...hand.running.keys()],
    });
    options.attempts.stopAll("shutdown");
    options.attempts.giveUpRunning();
  }
  const toldAll = await reporter.flushed(GOODBYE_MS);
  options.session.stop();
  if (toldAll) await attempt("could not end the session", () => options.rows.end(id));
  // What is left in its hands is found when its lease is over; an ended session would be looked at by nobody.
  else log.warn("results could not be reported; their tasks run again after the lease", { count: reporter.size() });
}

/** False, as soon as the signal says so. */
function aborted(signal: AbortSignal | undefined): Promise<false> {
  return new Promise((resolve) => {
    if (signal?.aborted) resolve(false);
    signal?.addEventListener("abort", () => resolve(false), { once: true });
  });
}
