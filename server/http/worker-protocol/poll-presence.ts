import type { Log } from "@/server/log";

export interface PollPresence {
  /** The worker waits from now on; call what it returns when that is over. */
  waits(worker: string): () => void;
  readonly size: number;
  stop(): void;
}

/**
 * Who waits in a long poll is there: one timer for the whole process renews them all, in one go. (Most polls are shorter than
 * that and are renewed by their own beginning.)
 */
export function createPollPresence(deps: {
  renew: (workers: string[]) => Promise<void>;
  everyMs: number;
  log: Log;
}): PollPresence {
  const waiting = new Map<string, number>();
  let total = 0;
  let renewing = false;
  const timer = setInterval(() => void renew(), deps.everyMs);
  timer.unref();

  async function renew(): Promise<void> {
    if (renewing || waiting.size === 0) return;
    renewing = true;
    await deps
      .renew([...waiting.keys()])
      .catch((error: unknown) => deps.log.warn("could not renew the workers that wait", { error }));
    renewing = false;
  }

  return {
    get size() {
      return total;
    },
    waits(worker) {
      total += 1;
      waiting.set(worker, (waiting.get(worker) ?? 0) + 1);
      return () => {
        total -= 1;
        const left = (waiting.get(worker) ?? 1) - 1;
        if (left > 0) waiting.set(worker, left);
        else waiting.delete(worker);
      };
    },
    stop: () => clearInterval(timer),
  };
}
