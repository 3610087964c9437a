import type { ConsumerPulse } from "@/server/probes/liveness";
import type { WorkerHealth } from "../health";

const LOOK_EVERY_MS = 500;

export interface ConsumerWatch extends ConsumerPulse {
  /** The worker asks for tasks now. */
  asked(): void;
  stop(): void;
}

/**
 * Knows for how long a worker has not asked for tasks although it could have run some. While it is full, without a
 * session, drains, finds no slots, or has reports to get rid of, it owes nobody a question.
 */
export function watchConsumer(health: () => WorkerHealth, slots: number): ConsumerWatch {
  let at = performance.now();
  const owesNothing = () => {
    const { sessionId, draining, blocked, running, waiting, unreported } = health();
    return sessionId === null || draining || blocked !== null || running + waiting >= slots || unreported > 0;
  };
  const timer = setInterval(() => {
    if (owesNothing()) at = performance.now();
  }, LOOK_EVERY_MS).unref();
  return {
    asked() {
      at = performance.now();
    },
    silentMs: () => (owesNothing() ? null : performance.now() - at),
    stop: () => clearInterval(timer),
  };
}
